package build

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mpsim/model/wire"
	"mpsim/scenarios"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/script"
)

// program is a script that has been compiled, and where its text stands.
type program struct {
	*script.Program
	code *spec.Code
	text string
}

// compile reads a script of the scenario, whose place in it is path; equal ones are read once.
func (w *World) compile(path string, code *spec.Code) (*program, error) {
	for _, p := range w.programs {
		if p.code.Text == code.Text && p.code.Path == code.Path && p.code.Shipped == code.Shipped {
			return p, nil
		}
	}
	text, err := w.codeText(path, code)
	if err != nil {
		return nil, err
	}
	file, line, indent := code.Place()
	prog, err := script.CompileAt(file, []byte(text), line, indent)
	if err != nil {
		return nil, w.codeProblems(path, code, text, err)
	}
	p := &program{prog, code, text}
	w.programs = append(w.programs, p)
	return p, nil
}

// codeProblems are the errors of a script's text, at their places.
func (w *World) codeProblems(path string, code *spec.Code, text string, err error) error {
	var all script.CompileError
	if !errors.As(err, &all) {
		return w.problem(path, err)
	}
	var problems spec.Problems
	for _, e := range all {
		problems = append(problems, w.spec.CodeProblem(code, text, codePosition(e.Pos), e.Msg, ""))
	}
	return problems
}

func codePosition(p script.Position) spec.Position {
	return spec.Position{File: p.File, Line: p.Line, Col: p.Col}
}

// codeText returns the text of a script: it stands in the scenario, comes with mpsim, or is read from its
// file.
func (w *World) codeText(path string, code *spec.Code) (string, error) {
	switch {
	case code.Shipped != "":
		data, err := scenarios.Script(code.Shipped)
		if err != nil {
			return "", w.problem(path, err)
		}
		return string(data), nil
	case code.Path == "":
		return code.Text, nil
	}
	data, err := os.ReadFile(code.Path)
	shipped, ok := strings.CutPrefix(filepath.ToSlash(code.Path), "scenarios/")
	if ok && errors.Is(err, os.ErrNotExist) {
		if text, missing := scenarios.Script(shipped); missing == nil { // beside a scenario that comes with mpsim
			return string(text), nil
		}
	}
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return "", w.problem(path, fmt.Errorf("cannot read the script %s: %w", code.Path, err))
	}
	sum := sha256.Sum256(data)
	w.inputs = append(w.inputs, Input{Name: code.File, SizeBytes: int64(len(data)),
		SHA256: hex.EncodeToString(sum[:])})
	return string(data), nil
}

// scriptNamed compiles one of the scenario's scripts and returns it with its arguments.
func (w *World) scriptNamed(name string) (*program, []spec.Arg, error) {
	s := w.spec.Script(name)
	p, err := w.compile("scripts."+name, &s.Code)
	return p, s.Args, err
}

// checkScripts compiles every script of the scenario, whether it is used or not, so that all problems are
// told at once.
func (w *World) checkScripts() error {
	var all spec.Problems
	check := func(path string, code *spec.Code) {
		_, err := w.compile(path, code)
		var problems spec.Problems
		if errors.As(err, &problems) {
			all = append(all, problems...)
		}
	}
	for i := range w.spec.Scripts {
		check("scripts."+w.spec.Scripts[i].Name, &w.spec.Scripts[i].Code)
	}
	for i := range w.spec.Applications {
		if a := &w.spec.Applications[i]; a.Kind == spec.KindScript && a.Code.Name == "" {
			check("applications."+a.Name+".script", &a.Code)
		}
	}
	return all.Err()
}

// scripted is an application that is a script.
type scripted struct {
	spec    *spec.Application
	program *program
	run     *script.Run
	ended   sim.Time // of its last task, or Never
}

// startScript begins an application that is a script.
func (w *World) startScript(a *spec.Application) error {
	path := "applications." + a.Name
	h := w.hostNamed(a.Host)
	if h == nil {
		return w.problem(path+".host", unknown("host", a.Host, w.hostNames()))
	}
	prog, args, err := w.programOf(path+".script", a)
	if err != nil {
		return err
	}
	var missing *script.Error
	if errors.As(prog.Needs("main"), &missing) {
		return w.codeProblems(path+".script", prog.code, prog.text, script.CompileError{missing})
	}
	x := &scripted{spec: a, program: prog, ended: sim.Never}
	l := &a.Limits
	x.run = prog.Start(script.Config{
		Host: h.api, Name: a.Name, Start: sim.Time(a.Start), Args: arguments(args), Labels: tags(h), Resolve: w.resolve,
		Limits: script.Limits{
			StepsAtOnce: uint64(l.StepsAtOnce), Steps: uint64(l.Steps), Memory: l.Memory, Value: l.Value, Tasks: l.Tasks,
			LogLines: l.LogLines, Rows: l.Rows,
		},
	})
	w.scripts = append(w.scripts, x)
	return nil
}

// programOf returns the script of an application and its arguments.
func (w *World) programOf(path string, a *spec.Application) (*program, []spec.Arg, error) {
	if a.Code.Name == "" {
		p, err := w.compile(path, &a.Code)
		return p, a.Args, err
	}
	p, args, err := w.scriptNamed(a.Code.Name)
	return p, overlay(args, a.Args), err
}

// overlay returns arguments, those of the same name replaced.
func overlay(args, over []spec.Arg) []spec.Arg {
	all := slices.Clone(args)
	for _, o := range over {
		if i := slices.IndexFunc(all, func(a spec.Arg) bool { return a.Name == o.Name }); i >= 0 {
			all[i] = o
		} else {
			all = append(all, o)
		}
	}
	return all
}

// arguments are those of a scenario as package script takes them.
func arguments(args []spec.Arg) []script.Arg {
	var all []script.Arg
	for i := range args {
		all = append(all, script.Arg{Name: args[i].Name, Value: argument(&args[i].Value)})
	}
	return all
}

func argument(v *spec.Value) any {
	switch v.Kind {
	case spec.NoneValue:
		return nil
	case spec.BoolValue:
		return v.Int != 0
	case spec.DurationValue:
		return unit.Duration(v.Int)
	case spec.BytesValue:
		return unit.Bytes(v.Int)
	case spec.RateValue:
		return unit.Bitrate(v.Int)
	case spec.IntValue, spec.PacketsValue:
		return v.Int
	case spec.DecimalValue:
		return v.Number()
	case spec.RatioValue:
		return float64(v.Ratio.Num) / float64(v.Ratio.Den)
	case spec.ListValue:
		list := []any{}
		for i := range v.List {
			list = append(list, argument(&v.List[i]))
		}
		return list
	case spec.TextValue:
	}
	return v.Text
}

// tags names the interfaces of a host for its scripts.
func tags(h *host) []script.InterfaceTag {
	var all []script.InterfaceTag
	for i := range h.topo.NumInterfaces() {
		f := h.topo.Interface(i)
		all = append(all, script.InterfaceTag{Name: f.Name, Addrs: f.Addrs,
			Up: func() bool { return h.topo.Interface(i).Up }})
	}
	return all
}

// resolve gives the address of a host, that of its first interface, or of an interface: "server.eth1".
func (w *World) resolve(name string) (wire.Addr, error) {
	node, iface, whole := strings.Cut(name, ".")
	h := w.hostNamed(node)
	if h == nil {
		return wire.Addr{}, withHint(unknown("host", node, w.hostNames()))
	}
	if !whole {
		return h.addressAt(""), nil
	}
	if h.topo.InterfaceNamed(iface) < 0 {
		var names []string
		for i := range h.topo.NumInterfaces() {
			names = append(names, h.topo.Interface(i).Name)
		}
		e := unknown("interface", iface, names)
		e.msg = fmt.Sprintf("host %s has no interface %q", h.name, iface)
		return wire.Addr{}, withHint(e)
	}
	return h.addressAt(iface), nil
}

// withHint puts the hint into the message, for those who print that alone.
func withHint(e *unknownError) error {
	if e.hint == "" {
		return e
	}
	return fmt.Errorf("%w (%s)", e, e.hint)
}

// ScriptErrors are the failures of scripts, at their places in the scenario or in the file of the script,
// with the virtual time.
func (w *World) ScriptErrors() spec.Problems {
	var all spec.Problems
	for _, x := range w.scripts {
		for _, e := range x.run.Errors() {
			all = append(all, w.scriptProblem("application "+x.spec.Name, x.program, e))
		}
	}
	return append(all, w.plugProblems()...)
}

// scriptProblem is one failure; who names whose script it is.
func (w *World) scriptProblem(who string, p *program, e *script.Error) spec.Problem {
	msg, hint := strings.TrimPrefix(e.Error(), e.Pos.String()+": "), ""
	if key := limitKeys()[e.Limit]; key != "" {
		hint = "raise it by limits: {" + key + ": ...}"
	}
	for i := len(e.Stack) - 2; i >= 0; i-- {
		if hint != "" {
			hint += ", "
		}
		hint += "called from " + e.Stack[i].Name + " at " + e.Stack[i].Pos.String()
	}
	return w.spec.CodeProblem(p.code, p.text, codePosition(e.Pos), who+": "+msg, hint)
}

// limitKeys are the keys of a scenario for the fields of script.Limits.
func limitKeys() map[string]string {
	return map[string]string{
		"StepsAtOnce": "steps-at-once", "Steps": "steps", "Memory": "memory", "Value": "value", "Tasks": "tasks",
		"LogLines": "log-lines", "Rows": "rows",
	}
}

// apiOf is the variant of the socket API that a scenario names.
func apiOf(name string) sockapi.API {
	switch name {
	case spec.APILinuxFork:
		return sockapi.APILinuxFork
	case spec.APIUpstream:
		return sockapi.APIUpstream
	}
	return sockapi.APIDraft
}

// Mentions tells whether the text of any script has a word in it: what none mentions, none records.
func (w *World) Mentions(word string) bool {
	return slices.ContainsFunc(w.programs, func(p *program) bool { return strings.Contains(p.text, word) })
}
