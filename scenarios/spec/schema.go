package spec

import (
	"bytes"
	"encoding/json"
)

// Schema returns the JSON Schema (draft 2020-12) of scenario files, for editors. It knows the keys, types,
// units and words; ranges of quantities, references and rules between keys are Load's alone.
func Schema() []byte {
	s := scenarioTable().schema()
	s["anyOf"] = []any{
		object{"required": []string{"topology"}}, object{"required": []string{"hosts", "links"}},
	}
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "mpsim scenario"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic("spec: schema: " + err.Error()) // maps, strings and numbers always encode
	}
	return b.Bytes()
}
