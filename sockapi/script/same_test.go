package script

import (
	"strings"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// programs are bodies of functions whose results must be those of Starlark, although the compiler has rewritten them.
var programs = []string{
	"return 1 + 2 * 3 - 4 // 3 + 7 % 4",
	"return (1, 2) + (3,), [1] + [2, 3], 'a' + 'b', b'a' + b'b', (1, 2) * 2, [1] * 3, 'ab' * 2, 2 * 'ab', 2 * [1]",
	"return 1.5 * 2, 7 / 2, 7 // 2.0, -7 // 2, -7 % 3, 7.5 % 2, 1 << 10, 1024 >> 3, 6 & 3, 6 | 3, 6 ^ 3, ~5",
	"x = 5\nx += 2\nx -= 1\nx *= 3\nx //= 2\nx %= 5\nx <<= 3\nx |= 1\nx &= 7\nx ^= 2\nreturn x",
	"l = [1]\nm = l\nl += [2]\nl += (3,)\nl += range(2)\nreturn l, m",
	"l = [1]\nm = l\nl = l + [2]\nreturn l, m",
	"d = {1: 2}\ne = d\nd |= {3: 4}\nreturn d, e, d | {5: 6}",
	"d = {'a': [1]}\nd['a'] += [2]\nd['b'] = 3\nd['b'] += 4\nd['b'] *= 2\nreturn d",
	"l = [1, 2, 3]\nl[0] = 5\nl[-1] = 4\nl[-1] += 10\nl[1] -= 1\nreturn l",
	"def f():\n  o.append('f')\n  return {}\no = []\ndef g():\n  o.append('g')\n  return 1\nf()[g()] = o.append('v')\nreturn o",
	"a, b = 1, 2\na, b = b, a\n(a, b), c = (a, b), 3\n[d, e] = [a, b]\nreturn a, b, c, d, e",
	"l = [0, 0]\nl[0], l[1] = 1, 2\nfor l[0] in [7, 8]:\n  pass\nreturn l",
	"return [x * y for x in range(3) for y in [1, 2] if x != y], {x: x * 2 for x in range(3)}, [i for i, j in [(1, 2)]]",
	"return 'a' in 'abc', 1 in [1, 2], 1 not in (1, 2), 'k' in {'k': 1}, 5 in range(10), b'a' in b'abc'",
	"return 1 < 2, 'a' < 'b', [1, 2] < [1, 3], (1,) == (1,), 1 == 1.0, 'a' == 1, None == None, [1] != [2], {1: 2} == {1: 2}",
	"return 'abc'[1], 'abcdef'[1:4], [1, 2, 3, 4][::2], (1, 2, 3)[::-1], 'abc'[-1], range(10)[2:5], b'abc'[1:]",
	"return ' a b '.strip(), 'a,b'.split(','), ','.join(['a', 'b']), 'abc'.upper(), 'aXa'.replace('a', 'b'), 'abab'.count('ab')",
	"return '{} {x} {{}}'.format(1, x = 2), '%s %d %r' % ('a', 5, 'q'), '%s' % 'x', 'ab'.find('b'), 'ab'.elems()",
	"return 'a b'.partition(' '), 'abc'.startswith(('x', 'a')), 'abc'.endswith('c'), 'a\\nb'.splitlines(), 'abc'.title()",
	"l = [3, 1, 2]\nl.append(0)\nl.extend([9])\nl.insert(0, 7)\nl.remove(1)\nx = l.pop()\ny = l.pop(0)\nreturn l, x, y, l.index(2)",
	"d = {'a': 1}\nreturn d.get('a'), d.get('z'), d.get('z', 5), d.setdefault('q', 2), d.keys(), d.values(), d.items(), d.pop('a'), d",
	"d = {}\nd.update([('a', 1)], b = 2)\nd.update({'c': 3})\nd.clear()\nreturn d, len(d)",
	"s = set([1, 2])\ns.add(3)\nreturn s, s | set([9]), s & set([1]), s - set([1]), s ^ set([1, 9]), s.union([4]), 1 in s",
	"return sorted([3, 1, 2]), sorted(['b', 'a'], reverse = True), sorted([1, -2, 3], key = lambda x: -x), sorted([(1, 'b'), (0, 'a')])",
	"return sorted([(1, 'a'), (0, 'b'), (1, 'c'), (0, 'd')], key = lambda p: p[0], reverse = True)",
	"return min(3, 1, 2), max([1, 3, 2]), min(['bb', 'a'], key = len), max(1, 2.5), min((2, 1), (1, 2)), max('a', 'b', key = len)",
	"return list(range(3)), tuple([1, 2]), dict([(1, 2)], x = 3), list('ab'.elems()), reversed([1, 2]), enumerate(['a'], 5), zip([1, 2], 'ab'.elems())",
	"return str(1), str('a'), repr('a'), str([1, 'a']), str(None), str(1.5), repr(b'x'), str((1,)), str({1: 'a'}), bytes('ab'), bytes([65, 66])",
	"return any([0, 1]), all([1, 0]), any([]), int('12'), int('ff', 16), int(3.9), float('1.5'), hash('abc'), abs(-3), bool([])",
	"return [f(3) for f in [lambda x, y = 2: x * y, lambda *a: a, lambda x, **k: (x, k)]]",
	"def f(a, b = 2, *c, d, e = 5, **g):\n  return a, b, c, d, e, g\nreturn f(1, d = 4), f(1, 2, 3, 4, d = 5, z = 6), f(*[1, 2], **{'d': 3})",
	"def f(*a):\n  'doc'\n  return a\nreturn f(), f(1, 2)",
	"n = 0\nwhile n < 10:\n  n += 1\n  if n == 5:\n    continue\n  elif n > 7:\n    break\n  else:\n    pass\nreturn n",
	"x = []\nfor i in range(3):\n  def g(i = i):\n    return i\n  x.append(g)\nreturn [g() for g in x]",
	"m = 'a,b'.split\nj = ','.join\nreturn m(','), j(['x', 'y']), getattr([1], 'index')(1), hasattr([], 'append'), getattr(1, 'x', 7)",
	"return 1 if [] else 2, [] or 5, 0 and 1, not [], (1 and 'x') + 'y', -(3), +4, not 1 == 2",
	"x = 0\nfor i in range(5):\n  x = x + i\n  x -= 1\nreturn x, x * x, x + x",
	"d = {(1, 2): 'a', 'k': 'b'}\nk = (1, 2)\nreturn d[k], d[(1, 2)], d['k'], [d[x] for x in d]",
	"x = [[1, 2], [3]]\nx[0][1] += 5\ni = 0\nx[i][i + 1] = x[i][i] * 2\nreturn x",
	"return 1 << 100, (1 << 100) * 3, 123456789012345678901234567890 + 1, 10 * 10 * 10, 2.5 // 1",
	"return {}, [], (), {1: {2: [3]}}, [[]], ((),), [(1, [2])]",
	"return [" + strings.Repeat("1, ", 300) + "], (" + strings.Repeat("2, ", 300) + ")",
	"return type(1), type([]), type(len), dir([])[0], len('abc'), len([1]), ord('a'), chr(97)",

	// errors
	"return 1 + 'a'", "return [1][5]", "return {}['x']", "return 1 // 0", "return 'a' * 'b'", "return [] < {}",
	"x = (1, 2)\nx[0] = 3", "return None.x", "return 'a'.nope()", "for x in 5:\n  pass", "a, b = [1]", "return len(5)",
	"return [1].index(2)", "return {}.pop('x')", "return ','.join([1])", "return '%d' % 'a'", "return '{}'.format()",
	"return sorted([1, 'a'])", "return int('x')", "return {[]: 1}", "d = {}\nd[[]] = 1", "l = [1]\nl[5] = 1", "l = [1]\nl['a'] = 1",
	"return min([])", "return 1 in 5", "x = 1\nx += 'a'", "return -'a'", "return (lambda x: x)()", "return f(1)\ndef f(): pass",
}

// TestSameAsStarlark runs each program with and without the guards.
func TestSameAsStarlark(t *testing.T) {
	for _, body := range programs {
		text := "def f():\n  " + indented(body) + "\n"
		want, wrong := plainResult(text)
		p, err := Compile("x.star", []byte(text))
		if err != nil {
			if wrong == "" {
				t.Errorf("%s\ndoes not compile: %v", text, err)
			}
			continue
		}
		c := &context{meter: newMeter(Limits{}), prog: p, where: "a test"}
		thread := c.newThread("x")
		globals, err := p.load(thread, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := starlark.Call(thread, globals["f"], nil, nil)
		switch {
		case (err != nil) != (wrong != ""):
			t.Errorf("%s\nerror %v, in Starlark %q", text, err, wrong)
		case err == nil && got.String() != want:
			t.Errorf("%s\n%s, in Starlark\n%s", text, got, want)
		}
	}
}

func indented(body string) string {
	out := ""
	for _, r := range body {
		out += string(r)
		if r == '\n' {
			out += "  "
		}
	}
	return out
}

func plainResult(text string) (value, wrong string) {
	thread := &starlark.Thread{}
	o := &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}
	globals, err := starlark.ExecFileOptions(o, thread, "x.star", text, nil)
	if err != nil {
		return "", err.Error()
	}
	v, err := starlark.Call(thread, globals["f"], nil, nil)
	if err != nil {
		return "", err.Error()
	}
	return v.String(), ""
}
