package spec

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// ValueKind says what an argument of a script is.
type ValueKind uint8

// Kinds of arguments, by how they are written.
const (
	NoneValue     ValueKind = iota // none
	BoolValue                      // true, false
	IntValue                       // 5, -1
	DecimalValue                   // 0.25, 1e-3
	DurationValue                  // 2.5s
	BytesValue                     // 64 KiB
	RateValue                      // 8 Mbit/s
	PacketsValue                   // 10 packets
	RatioValue                     // 10%, 1/3
	TextValue                      // phone, "2.5s"
	ListValue                      // [1s, 2s]
)

// Value is one argument of a script.
type Value struct {
	Kind  ValueKind
	Int   int64      // whole number, 0 or 1, nanoseconds, octets, bit/s, packets
	Ratio unit.Ratio // RatioValue
	Text  string     // TextValue; the digits of DecimalValue
	List  []Value
}

// Arg is a value by its name.
type Arg struct {
	Name  string
	Value Value
}

var (
	wholeNumber   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	decimalNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$`)
	likeQuantity  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?\s*[A-Za-zµμ%][A-Za-zµμ/]*$|^[0-9]+\s*/\s*[0-9]+$`)
	identifier    = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
)

// anyValue is an argument of a script: its text says what it is. Quotation marks make it a text.
func anyValue() codec[Value] {
	return codec[Value]{
		decode: decodeValue,
		encode: encodeValue,
		schema: func() object {
			return object{"type": []string{"string", "number", "boolean", "array"}}
		},
	}
}

func decodeValue(d *decoder, n *yaml.Node, path string, v *Value) bool {
	name := path[lastDot(path):]
	switch n.Kind {
	case yaml.SequenceNode:
		if !d.plain(n, path) {
			return false
		}
		*v = Value{Kind: ListValue}
		for i, item := range n.Content {
			var one Value
			at := join(path, strconv.Itoa(i))
			d.note(at, nil, item)
			if !decodeValue(d, item, at, &one) {
				return false
			}
			v.List = append(v.List, one)
		}
		return true
	case yaml.MappingNode:
		d.bad(n, path, name+" is a mapping", "a value or a list of values")
		return false
	}
	text, ok := d.scalar(n, path, "a value", "2.5s")
	if !ok {
		return false
	}
	got, msg, hint := plainValue(n, text)
	if msg != "" {
		d.bad(n, path, name+" "+msg, hint)
		return false
	}
	*v = got
	return true
}

// plainValue types the text of a scalar.
func plainValue(n *yaml.Node, text string) (v Value, msg, hint string) {
	switch {
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return Value{Kind: TextValue, Text: text}, "", ""
	case n.Tag == "!!bool" && (text == "true" || text == "false"):
		v.Kind = BoolValue
		if text == "true" {
			v.Int = 1
		}
		return v, "", ""
	case n.Tag == "!!bool":
		return v, "is " + quote(text), "write true or false, or put a text between quotation marks"
	case wholeNumber.MatchString(text):
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return v, quote(text) + " is out of range", "64 bits"
		}
		return Value{Kind: IntValue, Int: i}, "", ""
	case decimalNumber.MatchString(text):
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return v, quote(text) + " is out of range", "up to about 1e308"
		}
		return Value{Kind: DecimalValue, Text: text}, "", ""
	case n.Tag == "!!int" || n.Tag == "!!float":
		return v, quote(text) + " is not a plain number", "decimal digits, or quotation marks around a text"
	case slices.Contains([]string{"yes", "no", "on", "off"}, strings.ToLower(text)):
		return v, "is " + quote(text), "write true or false, or put a text between quotation marks"
	case text == none:
		return Value{Kind: NoneValue}, "", ""
	}
	return quantityOrText(text)
}

// quantityOrText reads a number with a unit; what only looks like one is refused.
func quantityOrText(text string) (v Value, msg, hint string) {
	if !likeQuantity.MatchString(strings.TrimSpace(text)) {
		return Value{Kind: TextValue, Text: text}, "", ""
	}
	if t, err := unit.ParseDuration(text); err == nil {
		return Value{Kind: DurationValue, Int: int64(t)}, "", ""
	}
	if b, err := unit.ParseBytes(text); err == nil {
		return Value{Kind: BytesValue, Int: int64(b)}, "", ""
	}
	if r, err := unit.ParseBitrate(text); err == nil {
		return Value{Kind: RateValue, Int: int64(r)}, "", ""
	}
	if p, err := unit.ParsePackets(text); err == nil {
		return Value{Kind: PacketsValue, Int: int64(p)}, "", ""
	}
	r, err := unit.ParseRatio(text)
	if err == nil {
		return Value{Kind: RatioValue, Ratio: r}, "", ""
	}
	var pe *unit.ParseError
	if strings.ContainsAny(text, "%") && errors.As(err, &pe) {
		return v, quote(text) + " " + pe.Msg, pe.Hint
	}
	return v, quote(text) + " is no quantity that is known here",
		"such as 20ms, 64 KiB, 8 Mbit/s, 10 packets, 5%; put a text between quotation marks"
}

func encodeValue(v *Value) *tree {
	switch v.Kind {
	case NoneValue:
		return &tree{text: none}
	case BoolValue:
		return &tree{text: strconv.FormatBool(v.Int != 0)}
	case IntValue:
		return &tree{text: strconv.FormatInt(v.Int, 10)}
	case DecimalValue:
		return &tree{text: v.Text}
	case DurationValue:
		return &tree{text: unit.Duration(v.Int).String()}
	case BytesValue:
		return &tree{text: unit.Bytes(v.Int).String()}
	case RateValue:
		return &tree{text: unit.Bitrate(v.Int).String()}
	case PacketsValue:
		return &tree{text: unit.Packets(v.Int).String()}
	case RatioValue:
		return &tree{text: v.Ratio.String()}
	case ListValue:
		out := &tree{kind: listTree}
		for i := range v.List {
			out.items = append(out.items, encodeValue(&v.List[i]))
		}
		return out
	}
	// Text that reads as something else keeps its quotation marks.
	again := textNode(quoted(v.Text))
	again.Style = 0
	again.Tag = "!!str"
	plain, msg, _ := plainValue(again, v.Text)
	return &tree{text: v.Text, free: true, quoted: msg != "" || plain.Kind != TextValue}
}

// args are arguments by name, in the order of the file.
func args() codec[[]Arg] {
	c := anyValue()
	return codec[[]Arg]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]Arg) bool {
			list, ok := d.entries(n, path, "args", "names and values, such as period: 2.5s")
			for _, e := range list {
				a := Arg{Name: e.key.Value}
				at := join(path, a.Name)
				d.note(at, e.key, e.value)
				if !identifier.MatchString(a.Name) {
					d.bad(e.key, at, "argument name "+quote(a.Name)+" cannot be written in a script",
						"small letters, digits and _")
					ok = false
					continue
				}
				ok = c.decode(d, e.value, at, &a.Value) && ok
				*v = append(*v, a)
			}
			return ok
		},
		encode: func(v *[]Arg) *tree {
			out := &tree{kind: mappingTree}
			for i := range *v {
				out.add((*v)[i].Name, "", c.encode(&(*v)[i].Value))
			}
			return out
		},
		schema: func() object {
			return object{
				"type": []string{"object", "null"}, "additionalProperties": false,
				"patternProperties": object{identifier.String(): c.schema(), "^x-": object{}},
			}
		},
	}
}

// Number returns the value of a DecimalValue, rounded to the nearest number that a float64 holds.
func (v *Value) Number() float64 {
	f, err := strconv.ParseFloat(v.Text, 64)
	if err != nil {
		panic("spec: decimal " + v.Text + ": " + err.Error()) // checked when it was read
	}
	return f
}
