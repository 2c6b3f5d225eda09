package spec

import "mpsim/sim/unit"

// only returns why a field has no place in an application of another kind than kind.
func only(kind string) func(*Application) string {
	return func(a *Application) string {
		if a.Kind == kind || a.Kind == "" {
			return ""
		}
		return "belongs to applications of kind " + kind + ", this one is " + a.Kind
	}
}

func applicationTable() *table[Application] {
	type app = Application
	bulk, exchange, script := only(KindBulk), only(KindRequestResponse), only(KindScript)
	pair := func(a *app) string {
		if a.Kind == KindScript {
			return "does not belong to applications of kind script, which choose for themselves"
		}
		return ""
	}
	return &table[app]{
		what: "application",
		fields: []field[app]{
			key("name", reference("download"), func(a *app) *string { return &a.Name }, "name of its own", required),
			key("kind", word(KindBulk, KindRequestResponse, KindScript), func(a *app) *string { return &a.Kind },
				"workload: bulk, request-response or script", required, aka[app]("type")),
			key("client", reference("phone"), func(a *app) *string { return &a.Client },
				"host that connects", required, when(pair), aka[app]("from", "source", "src")),
			key("server", reference("server"), func(a *app) *string { return &a.Server },
				"host that accepts", required, when(pair), aka[app]("to", "destination", "dst")),
			key("local-interface", reference("wifi"), func(a *app) *string { return &a.LocalInterface },
				"the client's, of the first subflow; by default its first", when(pair),
				aka[app]("interface", "client-interface")),
			key("remote-interface", reference("eth0"), func(a *app) *string { return &a.RemoteInterface },
				"the server's, that is connected to; by default its first", when(pair), aka[app]("server-interface")),
			key("port", integer[uint16](1, 65535), func(a *app) *uint16 { return &a.Port }, "of the server",
				def[app]("5001"), when(pair)),
			key("transport", word(TransportMPTCP, TransportTCP), func(a *app) *string { return &a.Transport },
				"mptcp or tcp", def[app](TransportMPTCP), when(pair), aka[app]("protocol")),
			key("start", duration(0, maxDuration), func(a *app) *unit.Duration { return &a.Start },
				"when the client connects, or the script begins", def[app]("0s"), aka[app]("at", "begin")),

			key("direction", word(Download, Upload, Both), func(a *app) *string { return &a.Direction },
				"download: the server sends; upload: the client; both: each as much", def[app](Download), when(bulk)),
			key("bytes", zeroIs(none, size(1, maxBytes)), func(a *app) *unit.Bytes { return &a.Bytes },
				"to transfer; none: see duration", def[app](none), when(bulk), aka[app]("size", "length", "amount")),
			key("duration", zeroIs(none, duration(unit.Microsecond, maxDuration)),
				func(a *app) *unit.Duration { return &a.Duration },
				"of the transfer; none and no bytes: until the run ends", def[app](none), when(bulk),
				aka[app]("time", "length")),

			key("requests", zeroIs(unlimited, integer(1, 1_000_000_000)), func(a *app) *int { return &a.Requests },
				"exchanges; unlimited: until the run ends", def[app](unlimited), when(exchange), aka[app]("count")),
			key("request-bytes", size(1, maxBytes), func(a *app) *unit.Bytes { return &a.RequestBytes },
				"size of one request", def[app]("100 B"), when(exchange), aka[app]("request-size", "request")),
			key("response-bytes", size(1, maxBytes), func(a *app) *unit.Bytes { return &a.ResponseBytes },
				"size of one response", required, when(exchange), aka[app]("response-size", "response")),
			key("think-time", duration(0, maxDuration), func(a *app) *unit.Duration { return &a.ThinkTime },
				"between a response and the next request", def[app]("0s"), when(exchange),
				aka[app]("think", "pause", "interval")),

			key("host", reference("phone"), func(a *app) *string { return &a.Host }, "where the script runs", required,
				when(script), aka[app]("on", "node")),
			key("script", code(true), func(a *app) *Code { return &a.Code },
				"name of one of scripts, of a file that ends with .star, or the code", required, when(script),
				aka[app]("code", "program", "text", "file")),
			key("args", args(), func(a *app) *[]Arg { return &a.Args },
				"what the script reads as args.NAME, beside those of scripts", when(script),
				aka[app]("arguments", "parameters")),
			key("limits", limitsTable().codec(), func(a *app) *Limits { return &a.Limits },
				"what the script may use", def[app]("{}"), when(script), aka[app]("limit")),
		},
		check: func(d *decoder, path string, a *app) {
			if a.Bytes > 0 && a.Duration > 0 {
				d.wrong(join(path, "duration"), "bytes and duration exclude each other", "leave one out")
			}
		},
	}
}

func limitsTable() *table[Limits] {
	const many = 1_000_000_000_000
	return &table[Limits]{
		what: "limits",
		fields: []field[Limits]{
			key("steps-at-once", integer(1, many), func(l *Limits) *int { return &l.StepsAtOnce },
				"of the interpreter, while virtual time stands still: more are an endless loop", def[Limits]("10000000"),
				aka[Limits]("loop")),
			key("steps", integer(1, many), func(l *Limits) *int { return &l.Steps },
				"of the interpreter in the whole run", def[Limits]("1000000000")),
			key("memory", size(unit.KiB, maxBytes), func(l *Limits) *unit.Bytes { return &l.Memory },
				"allocated in the whole run, whether freed meanwhile or not", def[Limits]("1 GiB")),
			key("value", size(unit.KiB, maxBytes), func(l *Limits) *unit.Bytes { return &l.Value },
				"one string, list or dict", def[Limits]("64 MiB")),
			key("tasks", integer(1, 10_000_000), func(l *Limits) *int { return &l.Tasks },
				"that live at once", def[Limits]("20000"), aka[Limits]("threads")),
			key("log-lines", integer(1, many), func(l *Limits) *int { return &l.LogLines },
				"of log", def[Limits]("100000"), aka[Limits]("log", "lines")),
			key("rows", integer(1, many), func(l *Limits) *int { return &l.Rows },
				"of record", def[Limits]("1000000"), aka[Limits]("records")),
		},
	}
}
