package spec

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// An argument of a script has the kind that the file gives it: a script that counts octets cannot take a
// rate. none fits every kind, on either side.

// argsPlace is where the name args stands in a path such as applications.NAME.args.ARGUMENT.
const argsPlace = 2

// inArgs tells that a path leads to the arguments of an application or a script, or to one of them.
func inArgs(names []string) bool {
	return len(names) > argsPlace && names[argsPlace] == "args" &&
		(names[0] == "applications" || names[0] == "scripts")
}

// argumentOf tells that a path names an argument that neither the application nor the script that it calls
// has. The node args is n, that of the application or script is of.
func argumentOf(root, of, n *yaml.Node, name string) (what, hint string) {
	what, hint = unknownOf("argument", n, name)
	if what == "" {
		return "", ""
	}
	script := valueOf(of, "script")
	if script == nil || script.Kind != yaml.ScalarNode {
		return what, hint
	}
	shared := valueOf(valueOf(valueOf(root, "scripts"), script.Value), "args")
	if shared == nil || shared.Kind != yaml.MappingNode {
		return what, hint
	}
	if valueOf(shared, name) != nil {
		return "", ""
	}
	known := append(keysOf(n), keysOf(shared)...)
	if closest(name, known) != "" {
		hint = nearest(name, known)
	} else if len(known) > 0 {
		hint = "there are " + strings.Join(known, ", ")
	}
	return what, hint
}

// valueOf is the value of a key in a mapping, or nil.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func keysOf(n *yaml.Node) (keys []string) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		keys = append(keys, n.Content[i].Value)
	}
	return keys
}

// otherKind tells that an override gives an argument a value of another kind than that in the file. What is
// no value at all is told elsewhere.
func otherKind(name string, old, now *yaml.Node) (what, hint string) {
	if name == "args" && now.Kind == yaml.MappingNode {
		for _, key := range keysOf(now) {
			if was := valueOf(old, key); was != nil {
				if what, hint = otherKind(key, was, valueOf(now, key)); what != "" {
					return what, hint
				}
			}
		}
		return "", ""
	}
	was, ok := nodeValue(old)
	if !ok {
		return "", ""
	}
	is, ok := nodeValue(now)
	if !ok {
		return "", ""
	}
	return mismatch(name, &was, &is)
}

// nodeValue is a node as an argument, if it is one.
func nodeValue(n *yaml.Node) (v Value, ok bool) {
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return v, true
		}
		v, msg, _ := plainValue(n, n.Value)
		return v, msg == ""
	case yaml.SequenceNode:
		v.Kind = ListValue
		for _, item := range n.Content {
			one, ok := nodeValue(item)
			if !ok {
				return v, false
			}
			v.List = append(v.List, one)
		}
		return v, true
	}
	return v, false
}

// mismatch tells that is cannot stand where was stands: it is of another kind.
func mismatch(name string, was, is *Value) (what, hint string) {
	if was.Kind == NoneValue || is.Kind == NoneValue {
		return "", ""
	}
	a, b := was.kind(), is.kind()
	zero := is.Kind == IntValue && is.Int == 0 && was.Kind == RatioValue // as everywhere in a scenario
	if a != b && !zero {
		hint = "write it like " + shown(was)
		if was.Kind == TextValue {
			hint = `a text that looks like something else stands between quotation marks: '"` + shown(is) + `"'`
		}
		return name + " is " + a + " (" + shown(was) + "), " + shown(is) + " is " + b, hint
	}
	for i := range is.List {
		if len(was.List) == 0 {
			break
		}
		like := &was.List[min(i, len(was.List)-1)]
		if what, hint = mismatch(name+"."+strconv.Itoa(i), like, &is.List[i]); what != "" {
			return what, hint
		}
	}
	return "", ""
}

// shown is a value as a file has it.
func shown(v *Value) string {
	switch v.Kind {
	case ListValue:
	case TextValue:
		return quote(v.Text)
	default:
		return encodeValue(v).text
	}
	var parts []string
	for i := range v.List {
		parts = append(parts, shown(&v.List[i]))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// kind names the kind of a value in a message. Whole and other numbers are of one kind.
func (v *Value) kind() string {
	switch v.Kind {
	case BoolValue:
		return "true or false"
	case IntValue, DecimalValue:
		return "a plain number"
	case DurationValue:
		return "a duration"
	case BytesValue:
		return "a size"
	case RateValue:
		return "a rate"
	case PacketsValue:
		return "a number of packets"
	case RatioValue:
		return "a ratio"
	case ListValue:
		return "a list"
	case NoneValue, TextValue:
	}
	return "a text"
}

// checkArguments compares the arguments of an application with those that its script has by itself.
func (s *Scenario) checkArguments(d *decoder, a *Application, path string) {
	script := s.Script(a.Code.Name)
	if script == nil {
		return
	}
	for i := range a.Args {
		for k := range script.Args {
			if a.Args[i].Name != script.Args[k].Name {
				continue
			}
			if what, hint := mismatch(a.Args[i].Name, &script.Args[k].Value, &a.Args[i].Value); what != "" {
				d.wrong(join(join(path, "args"), a.Args[i].Name), what, hint)
			}
		}
	}
}
