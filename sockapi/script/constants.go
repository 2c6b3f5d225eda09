package script

import (
	"go.starlark.net/starlark"

	"mpsim/sockapi"
)

// constants are the predeclared values of scripts.
func constants() []constant {
	number := func(n int64) starlark.Value { return starlark.MakeInt64(n) }
	all := []constant{
		{"kB", number(1e3)}, {"MB", number(1e6)}, {"GB", number(1e9)},
		{"KiB", number(1 << 10)}, {"MiB", number(1 << 20)}, {"GiB", number(1 << 30)},
		{"kbit", number(1e3)}, {"mbit", number(1e6)}, {"gbit", number(1e9)},
	}
	for _, e := range sockapi.Errnos() {
		all = append(all, constant{e.Name(), Errno(e)})
	}
	return all
}
