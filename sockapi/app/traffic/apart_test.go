package traffic

import (
	"reflect"
	"strings"
	"testing"

	"mpsim/model/link"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// What one host's end of a group writes, no other end can reach: both may run on different threads. The
// test follows every pointer from each end through this package's types, and allows only what is not
// written during a run.
func TestEndsShareNothing(t *testing.T) {
	for _, kind := range []Kind{Bulk, Short, Incast, CBR} {
		w := sim.NewWorld(1)
		net := link.NewNet(w)
		g := topo.New(net)
		hub := must(g.AddRouter("switch"))
		arena := tcp.NewArena(w, net)
		var hosts []Host
		for _, name := range []string{"a", "b", "c"} {
			h := must(g.AddHost(name))
			must(h.AddInterface(topo.InterfaceConfig{}))
			if _, _, err := g.Connect(h.Port(0), hub.Port(), link.Config{Name: name + ".up", Rate: unit.GbitPerSecond},
				link.Config{Name: name + ".down", Rate: unit.GbitPerSecond}); err != nil {
				t.Fatal(err)
			}
			hosts = append(hosts, Host{
				API: sockapi.NewHost(name, w, arena.NewStack(h, tcp.Config{}), nil), Addrs: h.Addrs(),
			})
		}
		tf := must(New().Add(Group{
			Name: "group", Hosts: hosts, Matrix: Matrix{Kind: AllToAll}, Kind: kind,
			Sizes: WebSearch(), Gap: unit.Millisecond,
			Transport: Transport{Network: sockapi.TCP}, Bytes: 10000, Rate: unit.MbitPerSecond, Packet: 1000,
			Pause: unit.Millisecond,
		}))
		w.Run(sim.Time(50 * unit.Millisecond))
		owner := map[uintptr]string{}
		ends := 0
		for _, e := range tf.engine.parts[0].ends {
			v := reflect.ValueOf(e)
			switch e.(type) {
			case *emitting: // belongs to its emitter
				continue
			}
			ends++
			host := tf.group.Hosts[v.Elem().FieldByName("host").Int()].API.Name()
			name := v.Elem().Type().Name() + " of host " + host
			walk(t, v, name, owner)
		}
		if ends != 6 || len(owner) < 6 || tf.Err() != nil {
			t.Errorf("%v: %d ends, %d objects: %v", kind, ends, len(owner), tf.Err())
		}
	}
}

// walk notes that what v leads to belongs to name.
func walk(t *testing.T, v reflect.Value, name string, owner map[uintptr]string) {
	switch v.Kind() {
	case reflect.Pointer:
		typ := v.Type().Elem()
		if v.IsNil() || !strings.HasSuffix(typ.PkgPath(), "traffic") && typ != reflect.TypeFor[sim.Stream]() {
			return
		}
		switch typ {
		case reflect.TypeFor[Traffic](), reflect.TypeFor[Sizes](): // not written during a run
			return
		}
		if mark(t, v.Pointer(), name+": "+typ.Name(), owner) {
			walk(t, v.Elem(), name, owner)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walk(t, v.Field(i), name, owner)
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]Pair]() { // of the matrix
			return
		}
		if v.Cap() > 0 && mark(t, v.Pointer(), name+": "+v.Type().String(), owner) {
			for i := range v.Len() {
				walk(t, v.Index(i), name, owner)
			}
		}
	case reflect.Map:
		mark(t, v.Pointer(), name+": "+v.Type().String(), owner)
	default: // values
	}
}

// mark says whether what lies at p is new, and complains if it is somebody else's.
func mark(t *testing.T, p uintptr, name string, owner map[uintptr]string) bool {
	other, known := owner[p]
	owner[p] = name
	if end, _, _ := strings.Cut(name, ":"); known && !strings.HasPrefix(other, end+":") {
		t.Errorf("%s is reached from %s, too", name, other)
	}
	return !known
}
