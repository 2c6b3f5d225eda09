package build

import (
	"errors"
	"fmt"
	"slices"

	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/scenarios/spec"
	"mpsim/sockapi/script"
)

// plugged is a scheduler, path manager or congestion controller of one host that is a script, and what it has
// told.
type plugged struct {
	host    *host
	role    string // scheduler, path-manager, congestion
	program *program
	errors  []*script.Error // of different connections, the first ones
	lines   []script.Line   // of log
}

// Bounds of what is kept of one plug-in.
const (
	plugErrors = 20
	plugLines  = 100_000
)

// addPlugins gives a host the scheduler, path manager and congestion controller that are scripts. path is the
// host's place in the scenario.
func (w *World) addPlugins(path string, h *host, t *tcp.Stack, m *mptcp.Stack) error {
	for _, x := range []struct {
		key, role, word string
		plug            func(p *script.Program, c script.PlugConfig) error
	}{
		{"tcp.congestion", "congestion", h.spec.TCP.Congestion, func(p *script.Program, c script.PlugConfig) error {
			f, err := script.Controller(p, c)
			if err == nil {
				t.SetControllers(f)
			}
			return err
		}},
		{"mptcp.scheduler", "scheduler", h.spec.MPTCP.Scheduler,
			func(p *script.Program, c script.PlugConfig) error {
				f, err := script.Scheduler(p, c)
				if err == nil && m != nil {
					m.SetSchedulers(f)
				}
				return err
			}},
		{"mptcp.path-manager", "path-manager", h.spec.MPTCP.PathManager,
			func(p *script.Program, c script.PlugConfig) error {
				f, err := script.Manager(p, c)
				if err == nil && m != nil {
					m.SetManagers(f)
				}
				return err
			}},
	} {
		name, ok := spec.ScriptName(x.word)
		if !ok {
			continue
		}
		prog, args, err := w.scriptNamed(name)
		if err != nil {
			return err
		}
		p := &plugged{host: h, role: x.role, program: prog}
		err = x.plug(prog.Program, script.PlugConfig{
			Name: x.word, Args: arguments(args), Labels: tags(h),
			Stream: h.api.TCP().World().Stream("script/" + h.name + "/" + x.role),
			Error:  p.failed, Log: p.log,
		})
		if err != nil {
			return w.plugProblem(path+"."+x.key, prog, err)
		}
		w.plugged = append(w.plugged, p)
	}
	return nil
}

// plugProblem reports a script that cannot be what the host wants of it.
func (w *World) plugProblem(path string, p *program, err error) error {
	var e *script.Error
	if !errors.As(err, &e) {
		return w.problem(path, err)
	}
	at := w.spec.At(path)
	if file, line, indent := p.code.Place(); e.Pos == (script.Position{File: file, Line: 1, Col: 1}) {
		e.Pos.Line, e.Pos.Col = line, indent+1 // of no line of the script: its first one
	}
	return spec.Problems{w.spec.CodeProblem(p.code, p.text, codePosition(e.Pos), e.Msg,
		"asked for at "+at.String())}
}

func (p *plugged) failed(e *script.Error) {
	if len(p.errors) < plugErrors {
		p.errors = append(p.errors, e)
	}
}

func (p *plugged) log(l script.Line) {
	if len(p.lines) < plugLines {
		p.lines = append(p.lines, l)
	}
}

// builtIn is the name that a stack is configured with in place of a script.
func builtIn(word, otherwise string) string {
	if _, ok := spec.ScriptName(word); ok {
		return otherwise
	}
	return word
}

// plugProblems are the failures of plug-ins, one for each place in their code.
func (w *World) plugProblems() spec.Problems {
	var all spec.Problems
	for _, p := range w.plugged {
		var told []script.Position
		for _, e := range p.errors {
			if slices.Contains(told, e.Pos) {
				continue
			}
			told = append(told, e.Pos)
			who := fmt.Sprintf("host %s, %s", p.host.name, p.role)
			own := *e
			own.Limit = "" // those of plug-ins are fixed
			all = append(all, w.scriptProblem(who, p.program, &own))
		}
	}
	return all
}
