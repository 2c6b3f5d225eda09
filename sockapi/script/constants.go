package script

import (
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// constants are the predeclared values of scripts.
func constants() []constant {
	number := func(n int64) starlark.Value { return starlark.MakeInt64(n) }
	all := []constant{
		{"kB", number(1e3)}, {"MB", number(1e6)}, {"GB", number(1e9)},
		{"KiB", number(1 << 10)}, {"MiB", number(1 << 20)}, {"GiB", number(1 << 30)},
		{"kbit", number(1e3)}, {"mbit", number(1e6)}, {"gbit", number(1e9)},
	}
	for _, o := range options {
		all = append(all, constant{o.name, optionValue{o}})
	}
	for _, c := range abi.Constants() {
		if isNumber(c.Name) {
			all = append(all, constant{c.Name, number(int64(c.Value))})
		}
	}
	for _, e := range sockapi.Errnos() {
		all = append(all, constant{e.Name(), Errno(e)})
	}
	return all
}

// isNumber tells which constants of C are plain numbers in scripts: levels, families, ways of closing.
func isNumber(name string) bool {
	for _, prefix := range []string{"SOL_", "IPPROTO_", "AF_", "SHUT_", "SUB_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
