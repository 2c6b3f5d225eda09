package spec

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// override puts the value of the i-th --set option into the tree under root.
func (d *decoder) override(root *yaml.Node, i int) {
	set := d.sets[i]
	at := Position{File: "--set " + set, Col: 1}
	path, text, ok := strings.Cut(set, "=")
	if !ok || path == "" {
		d.add(at, "", "an override is path=value", "as in links.wifi.rate=8Mbps")
		return
	}
	value, problem := d.overrideValue(i, path, text)
	if problem != "" {
		at.Col = utf8.RuneCountInString(path) + 2
		d.add(at, path, problem, "write "+path+"=VALUE, the value as in a file")
		return
	}
	n, col := root, 1
	var of *yaml.Node // the application or script whose arguments the path goes through
	names := strings.Split(path, ".")
	for k, name := range names {
		at.Col = col
		if name == "" {
			d.add(at, path, "the path has an empty name",
				"names are separated by single points, as in links.wifi.rate")
			return
		}
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Column: col}
		d.from[key] = i
		last := k == len(names)-1
		if k > 0 {
			d.unfold(n, names[k-1])
		}
		what, hint := unknownItem(n, names[:k+1], last)
		if k == argsPlace {
			of = n
		} else if k == argsPlace+1 && inArgs(names) && n.Kind == yaml.MappingNode { // a new one would not be read
			what, hint = argumentOf(root, of, n, name)
		}
		if what != "" {
			d.add(at, path, what, hint)
			return
		}
		child, what, hint := step(n, key, last)
		if child == nil && what == "" {
			what = quote(names[k-1]) + " is " + kindOf(n) + ", it has no part " + quote(name)
		}
		if child == nil {
			d.add(at, path, what, hint)
			return
		}
		if last && inArgs(names) {
			if what, hint := otherKind(name, *child, value); what != "" {
				at.Col = utf8.RuneCountInString(path) + 2
				d.add(at, path, what, hint)
				return
			}
		}
		if last {
			*child = value
		} else if (*child).Kind == yaml.ScalarNode && (*child).Tag == "!!null" {
			*child = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Column: col}
			d.from[*child] = i
		}
		n, col = *child, col+utf8.RuneCountInString(name)+1
	}
}

// unfold turns a single value that stands for a mapping into that mapping, so that a part of it can be set:
// the kind of a topology, the limit of a queue.
func (d *decoder) unfold(n *yaml.Node, name string) {
	first := map[string]string{
		"topology": "kind", "routing": "kind", "queue": "limit", "host-queue": "limit",
	}[name]
	if first == "" || n.Kind != yaml.ScalarNode || n.Tag == "!!null" || isNone(n) && name == "topology" {
		return
	}
	m := shorthand(n, first)
	d.claimAll(m, n)
	*n = *m
}

// unknownItem tells that a path goes through an item that the file does not have: a part of it cannot be set,
// most likely its name is misspelt. An item as a whole can be added. Items stand at the second place of a
// path (links.wifi) and, for interfaces, at the fourth (hosts.phone.interfaces.wifi).
func unknownItem(n *yaml.Node, names []string, last bool) (what, hint string) {
	one := map[string]string{"hosts": "host", "links": "link", "interfaces": "interface"}
	k := len(names) - 1
	if last || k < 1 || k > 3 || k == 2 || one[names[k-1]] == "" || n.Kind != yaml.MappingNode {
		return "", ""
	}
	return unknownOf(one[names[k-1]], n, names[k])
}

// unknownOf tells that a mapping has no such key. what is one of its keys.
func unknownOf(what string, n *yaml.Node, name string) (msg, hint string) {
	var known []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return "", ""
		}
		known = append(known, n.Content[i].Value)
	}
	if hint = nearest(name, known); hint == "" && len(known) > 0 {
		hint = "there are " + strings.Join(known, ", ")
	}
	return "there is no " + what + " " + quote(name), hint
}

// overrideValue reads the text after the equals sign as YAML.
func (d *decoder) overrideValue(i int, path, text string) (*yaml.Node, string) {
	if strings.TrimSpace(text) == "" {
		return nil, "the override has no value"
	}
	var doc yaml.Node
	if invalidUTF8([]byte(text)) >= 0 || yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) != 1 {
		return nil, "the value is not YAML"
	}
	x := expander{}
	value := x.expand(doc.Content[0], nil)
	if x.problem != nil {
		return nil, x.problem.msg
	}
	d.claim(value, i, utf8.RuneCountInString(path)+1)
	return value, ""
}

// claim notes that n and all below it come from the i-th override, shift characters further right.
func (d *decoder) claim(n *yaml.Node, i, shift int) {
	if n.Line <= 1 {
		n.Column += shift
	}
	d.from[n] = i
	for _, c := range n.Content {
		d.claim(c, i, shift)
	}
}

// step finds the place of one name of an override's path inside n, making it where n is a mapping; a value
// without parts has none. The key
// takes the place of the file's own where its value is replaced.
func step(n, key *yaml.Node, last bool) (place **yaml.Node, what, hint string) {
	name := key.Value
	switch n.Kind {
	case yaml.MappingNode:
		for k := 0; k+1 < len(n.Content); k += 2 {
			if n.Content[k].Value == name {
				if last {
					n.Content[k] = key
				}
				return &n.Content[k+1], "", ""
			}
		}
		empty := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Column: key.Column}
		n.Content = append(n.Content, key, empty)
		return &n.Content[len(n.Content)-1], "", ""
	case yaml.SequenceNode:
		var names []string
		for k, item := range n.Content {
			if own := nameOf(item); own == name || own == "" && strconv.Itoa(k) == name {
				return &n.Content[k], "", ""
			} else if own != "" {
				names = append(names, own)
			}
		}
		if k, err := strconv.Atoi(name); err == nil && k >= 0 && k < len(n.Content) {
			return &n.Content[k], "", ""
		}
		hint = nearest(name, names)
		if hint == "" {
			hint = "it has " + strconv.Itoa(len(n.Content)) + " elements, counted from 0"
		}
		return nil, "the list has no element " + quote(name), hint
	}
	return nil, "", ""
}

// nameOf returns the value of an item's key "name", or "".
func nameOf(item *yaml.Node) string {
	if item.Kind != yaml.MappingNode {
		return ""
	}
	for k := 0; k+1 < len(item.Content); k += 2 {
		if item.Content[k].Value == "name" && item.Content[k+1].Kind == yaml.ScalarNode {
			return item.Content[k+1].Value
		}
	}
	return ""
}
