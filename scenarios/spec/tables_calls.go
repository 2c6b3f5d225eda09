package spec

import (
	"slices"
	"strconv"

	"mpsim/sim/unit"
)

// Call is one call of the socket API at a given time, on one end of an application's connection. It does
// nothing if that end has no connection then.
type Call struct {
	At          unit.Duration
	Application string
	End         string // EndClient or EndServer
	Call        string // one of Calls

	// Of the calls that manage paths, which do nothing on a connection of plain TCP.
	LocalInterface  string // of this end's host; open-subflow, announce, withdraw
	RemoteInterface string // of the other end's host; open-subflow
	Subflow         int    // of those alive, from 0; close-subflow, set-backup
	Backup          bool   // open-subflow, set-backup

	Bytes unit.Bytes // receive-buffer
}

// Ends of a call.
const (
	EndClient = "client"
	EndServer = "server"
)

// Calls, by what they are called in a scenario.
const (
	CallShutdown      = "shutdown"       // end of the own stream (shutdown(SHUT_WR))
	CallClose         = "close"          // close(2)
	CallAbort         = "abort"          // close(2) with SO_LINGER 0
	CallPause         = "pause-reading"  // the application reads no more ...
	CallResume        = "resume-reading" // ... until this
	CallReceiveBuffer = "receive-buffer" // SO_RCVBUF
	CallOpenSubflow   = "open-subflow"
	CallCloseSubflow  = "close-subflow"
	CallSetBackup     = "set-backup"
	CallAnnounce      = "announce" // ADD_ADDR of a local address
	CallWithdraw      = "withdraw" // REMOVE_ADDR
)

// Calls are the names of calls.
var Calls = []string{
	CallShutdown, CallClose, CallAbort, CallPause, CallResume, CallReceiveBuffer,
	CallOpenSubflow, CallCloseSubflow, CallSetBackup, CallAnnounce, CallWithdraw,
}

// ofCalls returns why a field has no place in another call than these.
func ofCalls(calls ...string) func(*Call) string {
	return func(c *Call) string {
		if slices.Contains(calls, c.Call) || c.Call == "" {
			return ""
		}
		return "does not belong to " + c.Call
	}
}

func callTable() *table[Call] {
	return &table[Call]{
		what: "call",
		fields: []field[Call]{
			key("at", duration(0, maxDuration), func(c *Call) *unit.Duration { return &c.At },
				"time since the start of the run", required, aka[Call]("time", "t")),
			key("application", reference("download"), func(c *Call) *string { return &c.Application },
				"on whose connection", required, aka[Call]("app", "connection")),
			key("end", word(EndClient, EndServer), func(c *Call) *string { return &c.End },
				"which end calls: client or server", required, aka[Call]("side", "host")),
			key("call", word(Calls...), func(c *Call) *string { return &c.Call },
				"what is called", required, aka[Call]("action", "do", "kind")),
			key("local-interface", reference("lte"), func(c *Call) *string { return &c.LocalInterface },
				"of the end that calls; by default its first", when(ofCalls(CallOpenSubflow, CallAnnounce, CallWithdraw)),
				aka[Call]("interface")),
			key("remote-interface", reference("eth0"), func(c *Call) *string { return &c.RemoteInterface },
				"of the other end; by default its first", when(ofCalls(CallOpenSubflow))),
			key("subflow", integer(0, 255), func(c *Call) *int { return &c.Subflow },
				"of those alive, the oldest is 0", def[Call]("0"), when(ofCalls(CallCloseSubflow, CallSetBackup))),
			key("backup", truth(), func(c *Call) *bool { return &c.Backup }, "use it only if others fail",
				def[Call]("false"), when(ofCalls(CallOpenSubflow, CallSetBackup))),
			key("bytes", size(4*unit.KiB, unit.GiB), func(c *Call) *unit.Bytes { return &c.Bytes },
				"new size of the buffer", required, when(ofCalls(CallReceiveBuffer)), aka[Call]("size")),
		},
	}
}

// checkCall checks the names in one call, and fills in the interfaces.
func (s *Scenario) checkCall(d *decoder, i int) {
	c := &s.Calls[i]
	path := join("calls", strconv.Itoa(i))
	var app *Application
	var names []string
	for k := range s.Applications {
		names = append(names, s.Applications[k].Name)
		if s.Applications[k].Name == c.Application {
			app = &s.Applications[k]
		}
	}
	if app == nil {
		if c.Application != "" {
			d.wrong(join(path, "application"), "there is no application "+quote(c.Application),
				nearest(c.Application, names))
		}
		return
	}
	if app.Kind == KindScript {
		d.wrong(join(path, "application"), "the application "+quote(app.Name)+" is a script, which calls for itself",
			"write the call into the script")
		return
	}
	own, other := s.Host(app.Client), s.Host(app.Server)
	if c.End == EndServer {
		own, other = other, own
	}
	for _, at := range []struct {
		key   string
		host  *Host
		iface *string
	}{{"local-interface", own, &c.LocalInterface}, {"remote-interface", other, &c.RemoteInterface}} {
		switch {
		case at.host == nil || len(at.host.Interfaces) == 0:
		case *at.iface == "":
			*at.iface = at.host.Interfaces[0].Name
		case at.host.Interface(*at.iface) < 0:
			d.wrong(join(path, at.key), "host "+quote(at.host.Name)+" has no interface "+quote(*at.iface),
				nearest(*at.iface, at.host.interfaceNames()))
		}
	}
}
