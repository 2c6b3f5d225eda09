package script

import "go.starlark.net/syntax"

// cost is what the text tells about the values of an expression.
type cost uint8

const (
	unknown cost = iota
	small        // of bounded size: attributes of the values of this package, literals, None
	number       // an int, float, bool or duration, however large the int
	counter      // one that fits into 64 bits
)

// scope is a function, the module body or a comprehension: what its names stand for.
type scope struct {
	parent *scope
	names  map[string]cost // those bound here
}

// newScope looks at all assignments of a body: a name is a number if all that it is ever given are numbers.
func newScope(parent *scope, params []syntax.Expr, body []syntax.Stmt) *scope {
	s := &scope{parent: parent, names: map[string]cost{}}
	for _, p := range params {
		s.bind(paramOf(p), unknown)
	}
	var all []binding
	collect(body, &all, 0)
	for _, b := range all { // begin with the best
		if id, ok := b.target.(*syntax.Ident); ok {
			if _, known := s.names[id.Name]; !known {
				s.names[id.Name] = counter
			}
		}
	}
	for range maxRounds { // the costs only get worse
		changed := false
		for _, b := range all {
			changed = s.assign(b.target, s.valueCost(b)) || changed
		}
		if !changed {
			return s
		}
	}
	for _, b := range all { // a long chain of names
		s.assign(b.target, unknown)
	}
	return s
}

// maxRounds is how often the assignments of a function are gone over.
const maxRounds = 16

// binding is one assignment.
type binding struct {
	target syntax.Expr
	value  syntax.Expr  // nil: unknown
	op     syntax.Token // EQ, or of an augmented one
	loop   bool         // value is iterated over
}

// collect finds the assignments of statements, not those of functions inside.
func collect(list []syntax.Stmt, all *[]binding, depth int) {
	if depth > maxNesting {
		return // the rewriter says so
	}
	for _, s := range list {
		switch s := s.(type) {
		case *syntax.AssignStmt:
			*all = append(*all, binding{target: unparen(s.LHS), value: s.RHS, op: s.Op})
		case *syntax.DefStmt:
			*all = append(*all, binding{target: s.Name})
		case *syntax.ForStmt:
			*all = append(*all, binding{target: unparen(s.Vars), value: s.X, op: syntax.EQ, loop: true})
			collect(s.Body, all, depth+1)
		case *syntax.WhileStmt:
			collect(s.Body, all, depth+1)
		case *syntax.IfStmt:
			collect(s.True, all, depth+1)
			collect(s.False, all, depth+1)
		}
	}
}

// newClauses is the scope of a comprehension.
func newClauses(parent *scope, e *syntax.Comprehension) *scope {
	s := &scope{parent: parent, names: map[string]cost{}}
	for _, c := range e.Clauses {
		if f, ok := c.(*syntax.ForClause); ok {
			s.assign(unparen(f.Vars), parent.loopCost(f.X))
		}
	}
	return s
}

func paramOf(p syntax.Expr) string {
	switch p := p.(type) {
	case *syntax.Ident:
		return p.Name
	case *syntax.BinaryExpr:
		return p.X.(*syntax.Ident).Name
	case *syntax.UnaryExpr:
		if id, ok := p.X.(*syntax.Ident); ok {
			return id.Name
		}
	}
	return ""
}

// bind makes a name at most so good; it tells whether that changed anything.
func (s *scope) bind(name string, c cost) bool {
	old, known := s.names[name]
	if known && old <= c {
		return false
	}
	s.names[name] = c
	return true
}

// assign binds the names of a target.
func (s *scope) assign(target syntax.Expr, c cost) bool {
	switch t := target.(type) {
	case *syntax.Ident:
		return s.bind(t.Name, c)
	case *syntax.TupleExpr:
		return s.assignAll(t.List)
	case *syntax.ListExpr:
		return s.assignAll(t.List)
	case *syntax.ParenExpr:
		return s.assign(t.X, c)
	}
	return false
}

func (s *scope) assignAll(list []syntax.Expr) (changed bool) {
	for _, t := range list {
		changed = s.assign(t, unknown) || changed
	}
	return changed
}

func (s *scope) valueCost(b binding) cost {
	switch {
	case b.value == nil:
		return unknown
	case b.loop:
		return s.loopCost(b.value)
	case b.op == syntax.EQ:
		return s.costOf(b.value)
	}
	return s.resultCost(b.op-syntax.PLUS_EQ+syntax.PLUS, s.costOf(b.target), s.costOf(b.value))
}

// loopCost is the cost of the elements of what is iterated over.
func (s *scope) loopCost(e syntax.Expr) cost {
	if c, ok := e.(*syntax.CallExpr); ok {
		if id, ok := c.Fn.(*syntax.Ident); ok && id.Name == "range" && s.free("range") {
			return counter
		}
	}
	return unknown
}

// free tells that a name is not bound by the script as seen from here.
func (s *scope) free(name string) bool {
	for ; s != nil; s = s.parent {
		if _, bound := s.names[name]; bound {
			return false
		}
	}
	return true
}

// costOf is the cost of an expression.
func (s *scope) costOf(e syntax.Expr) cost { return s.cost(e, 0) }

func (s *scope) cost(e syntax.Expr, depth int) cost {
	if depth > 20 { // costs are asked for at every level
		return unknown
	}
	switch e := e.(type) {
	case *syntax.Literal:
		return literalCost(e)
	case *syntax.ParenExpr:
		return s.cost(e.X, depth+1)
	case *syntax.Ident:
		return s.identCost(e.Name)
	case *syntax.DotExpr:
		return small
	case *syntax.UnaryExpr:
		if e.Op == syntax.NOT {
			return counter
		}
		if e.X == nil {
			return unknown
		}
		switch c := s.cost(e.X, depth+1); c { // numbers and durations alone have them
		case unknown:
			return number
		case small:
			return counter
		default:
			return c
		}
	case *syntax.CondExpr:
		return min(s.cost(e.True, depth+1), s.cost(e.False, depth+1))
	case *syntax.CallExpr:
		if id, ok := e.Fn.(*syntax.Ident); ok && s.free(id.Name) {
			return callCost(id.Name)
		}
	case *syntax.BinaryExpr:
		return s.resultCost(e.Op, s.cost(e.X, depth+1), s.cost(e.Y, depth+1))
	}
	return unknown
}

func literalCost(l *syntax.Literal) cost {
	switch v := l.Value.(type) {
	case int64:
		if v>>31 == 0 {
			return counter
		}
		return number
	case float64:
		return counter
	case string:
		if len(v) < 256 {
			return small
		}
	}
	return unknown
}

func (s *scope) identCost(name string) cost {
	for t := s; t != nil; t = t.parent {
		if c, bound := t.names[name]; bound {
			return c
		}
	}
	switch name {
	case "True", "False", "kB", "MB", "GB", "KiB", "MiB", "GiB", "kbit", "mbit", "gbit":
		return counter
	case "None":
		return small
	}
	return unknown
}

// callCost is the cost of what a function of this package or of Starlark returns.
func callCost(name string) cost {
	switch name {
	case "len", "now", "ns", "us", "ms", "seconds", "minutes", "hours", "rand", "rand_int", "ord", "bool", "float":
		return counter
	case "int":
		return number
	}
	return unknown
}

// resultCost is the cost of x op y.
func (s *scope) resultCost(op syntax.Token, x, y cost) cost {
	switch op {
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE, syntax.IN, syntax.NOT_IN:
		return counter // a bool
	case syntax.AND, syntax.OR:
		return min(x, y)
	case syntax.LTLT:
		return number
	case syntax.PLUS, syntax.MINUS, syntax.STAR, syntax.PERCENT, syntax.AMP, syntax.PIPE, syntax.CIRCUMFLEX:
		if x >= number && y >= number {
			return number
		}
	case syntax.SLASH, syntax.SLASHSLASH, syntax.GTGT:
		return number // floats, ints and durations alone have them
	}
	return unknown
}

// cheapBinary tells that x op y needs no guard.
func (r *rewriter) cheapBinary(op syntax.Token, x, y syntax.Expr) bool {
	if op == syntax.SLASH || op == syntax.SLASHSLASH || op == syntax.GTGT {
		return true
	}
	a, b := r.in.costOf(x), r.in.costOf(y)
	switch op {
	case syntax.PLUS, syntax.MINUS: // a counter at a time makes no large int
		return a == counter || b == counter || a == small && b == small || a == number && b == small ||
			a == small && b == number
	case syntax.STAR:
		return isFloat(x) || isFloat(y) || a == counter && b == counter ||
			(isFactor(x) && b == small || isFactor(y) && a == small)
	case syntax.PERCENT:
		return a >= number
	case syntax.AMP, syntax.PIPE, syntax.CIRCUMFLEX:
		return a >= number || b >= number
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE:
		return a != unknown || b != unknown
	case syntax.IN, syntax.NOT_IN:
		return false
	}
	return false
}

// isFactor tells a literal by which a small value may be multiplied.
func isFactor(e syntax.Expr) bool {
	l, ok := e.(*syntax.Literal)
	if !ok {
		return false
	}
	v, ok := l.Value.(int64)
	return ok && v <= 1024
}

func isFloat(e syntax.Expr) bool {
	l, ok := e.(*syntax.Literal)
	return ok && l.Token == syntax.FLOAT
}

// mayBlock tells whether an expression has a call that may block: any but those of known functions and methods.
func (s *scope) mayBlock(e syntax.Expr) bool {
	found := false
	syntax.Walk(e, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.CallExpr); ok {
			switch f := c.Fn.(type) {
			case *syntax.Ident:
				found = found || !quickCall(f.Name) || !s.free(f.Name)
			case *syntax.DotExpr:
				found = found || !guardedMethod(f.Name.Name) || f.Name.Name == "join" // of a task
			default:
				found = true
			}
		}
		return !found
	})
	return found
}

// quickCall tells functions that never block nor call back.
func quickCall(name string) bool {
	switch name {
	case "str", "repr", "abs", "range", "list", "tuple", "dict", "set", "zip", "enumerate", "reversed", "type", "chr", "bytes",
		"hash", "any", "all", "address", "getattr", "hasattr", "int":
		return true
	}
	return callCost(name) == counter
}
