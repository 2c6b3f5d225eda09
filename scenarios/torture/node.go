package torture

import (
	"bytes"
	"fmt"

	"gopkg.in/yaml.v3"
)

// A world is made, and made smaller, as a YAML document.

// scalar is a plain value.
func scalar(format string, args ...any) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprintf(format, args...)}
}

// mapping makes a mapping from keys and values in turn. Values are nodes, or anything that prints as its
// scalar.
func mapping(pairs ...any) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i < len(pairs); i += 2 {
		set(m, pairs[i].(string), pairs[i+1])
	}
	return m
}

// set appends a key to a mapping; the key must be new.
func set(m *yaml.Node, key string, value any) {
	n, ok := value.(*yaml.Node)
	if !ok {
		n = scalar("%v", value)
	}
	m.Content = append(m.Content, scalar("%s", key), n)
}

// sequence makes a list.
func sequence(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Content: items}
}

// flow prints a mapping or list in one line.
func flow(n *yaml.Node) *yaml.Node {
	n.Style |= yaml.FlowStyle
	return n
}

// get returns the value of a key, nil if there is none.
func get(m *yaml.Node, key string) *yaml.Node {
	if m == nil || m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// remove takes a key away and tells whether it was there.
func remove(m *yaml.Node, key string) bool {
	for i := 0; m != nil && i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content = append(m.Content[:i:i], m.Content[i+2:]...)
			return true
		}
	}
	return false
}

// print returns the document's text.
func print(n *yaml.Node) []byte {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		panic(fmt.Sprintf("torture: a document that does not print: %v", err))
	}
	return b.Bytes()
}

// clone copies a document.
func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, x := range n.Content {
		c.Content[i] = clone(x)
	}
	return &c
}
