package script

import (
	"go.starlark.net/syntax"
)

// expr rewrites an expression.
func (r *rewriter) expr(e syntax.Expr) syntax.Expr {
	if e == nil || !r.enter(e) {
		return e
	}
	defer r.leave()
	switch e := e.(type) {
	case *syntax.Literal:
		if tooLarge(e) {
			r.fail(e.TokenPos, "the int has more than %d bits", maxIntBits)
		}
	case *syntax.ParenExpr:
		e.X = r.expr(e.X)
	case *syntax.UnaryExpr:
		e.X = r.expr(e.X)
	case *syntax.CondExpr:
		e.Cond, e.True, e.False = r.expr(e.Cond), r.expr(e.True), r.expr(e.False)
	case *syntax.BinaryExpr:
		return r.binary(e)
	case *syntax.IndexExpr:
		e.X, e.Y = r.expr(e.X), r.key(e.Y)
	case *syntax.SliceExpr:
		return r.slice(e)
	case *syntax.DotExpr:
		return r.dot(e)
	case *syntax.CallExpr:
		return r.call(e)
	case *syntax.LambdaExpr:
		return r.lambda(e)
	case *syntax.Comprehension:
		return r.comprehension(e)
	case *syntax.ListExpr:
		return r.display("list", e, e.Lbrack, e.List)
	case *syntax.TupleExpr:
		return r.display("tuple", e, syntax.Start(e), e.List)
	case *syntax.DictExpr:
		return r.dict(e)
	}
	return e
}

func (r *rewriter) binary(e *syntax.BinaryExpr) syntax.Expr {
	cheap := e.Op == syntax.AND || e.Op == syntax.OR || r.cheapBinary(e.Op, e.X, e.Y)
	x, y := r.expr(e.X), r.expr(e.Y)
	if cheap {
		e.X, e.Y = x, y
		return e
	}
	return guard(guardName(e.Op), e.OpPos, x, y)
}

// key rewrites what stands in brackets: a long key takes long to hash.
func (r *rewriter) key(e syntax.Expr) syntax.Expr {
	cheap := r.in.costOf(e) != unknown
	x := r.expr(e)
	if cheap {
		return x
	}
	return guard("key", syntax.Start(e), x)
}

func (r *rewriter) slice(e *syntax.SliceExpr) syntax.Expr {
	cheap := r.in.costOf(e.X) != unknown
	pos := e.Lbrack
	e.X, e.Lo, e.Hi, e.Step = r.expr(e.X), r.maybe(e.Lo), r.maybe(e.Hi), r.maybe(e.Step)
	switch {
	case !cheap && e.Step != nil:
		e.X = guard("stepped", pos, e.X)
	case !cheap:
		e.X = guard("sliced", pos, e.X)
	}
	return e
}

func (r *rewriter) maybe(e syntax.Expr) syntax.Expr {
	if e == nil {
		return nil
	}
	return r.expr(e)
}

// dot rewrites a method that is not called at once.
func (r *rewriter) dot(e *syntax.DotExpr) syntax.Expr {
	e.X = r.expr(e.X)
	if !guardedMethod(e.Name.Name) {
		return e
	}
	name := &syntax.Literal{Token: syntax.STRING, TokenPos: e.NamePos, Raw: `"` + e.Name.Name + `"`, Value: e.Name.Name}
	return guard("method", e.Dot, e.X, name)
}

func (r *rewriter) call(e *syntax.CallExpr) syntax.Expr {
	for i, a := range e.Args {
		switch a := a.(type) {
		case *syntax.BinaryExpr:
			if a.Op == syntax.EQ {
				a.Y = r.expr(a.Y)
				continue
			}
		case *syntax.UnaryExpr:
			if a.Op == syntax.STAR || a.Op == syntax.STARSTAR {
				a.X = guard("star", a.OpPos, r.expr(a.X))
				continue
			}
		}
		e.Args[i] = r.expr(a)
	}
	if d, ok := e.Fn.(*syntax.DotExpr); ok && guardedMethod(d.Name.Name) {
		args := append([]syntax.Expr{r.expr(d.X)}, e.Args...)
		g := guard("m"+d.Name.Name, e.Lparen, args...)
		g.Rparen = e.Rparen
		return g
	}
	if d, ok := e.Fn.(*syntax.DotExpr); ok {
		d.X = r.expr(d.X)
		return e
	}
	e.Fn = r.expr(e.Fn)
	return e
}

func (r *rewriter) lambda(e *syntax.LambdaExpr) syntax.Expr {
	r.defaults(e.Params)
	outer := r.in
	r.in = newScope(outer, e.Params, nil)
	e.Body = r.expr(e.Body)
	if rest := restOf(e.Params); len(rest) > 0 {
		none := &syntax.Ident{NamePos: e.Lambda, Name: "None"}
		e.Body = &syntax.CondExpr{If: e.Lambda, Cond: guard("rest", e.Lambda, rest...), True: e.Body, ElsePos: e.Lambda,
			False: none}
	}
	r.in = outer
	return guard("func", e.Lambda, e)
}

func (r *rewriter) comprehension(e *syntax.Comprehension) syntax.Expr {
	outer := r.in
	blocks := r.in.mayBlock(e)
	r.in = newClauses(outer, e)
	for i, c := range e.Clauses {
		switch c := c.(type) {
		case *syntax.ForClause:
			if i == 0 { // evaluated outside
				r.in, outer = outer, r.in
				c.X = r.expr(c.X)
				r.in, outer = outer, r.in
			} else {
				c.X = r.expr(c.X)
			}
			r.target(c.Vars)
		case *syntax.IfClause:
			c.Cond = r.expr(c.Cond)
		}
	}
	if entry, ok := e.Body.(*syntax.DictEntry); ok {
		entry.Key, entry.Value = r.key(entry.Key), r.expr(entry.Value)
		if blocks {
			entry.Value = guard("element", e.Lbrack, entry.Value)
		}
	} else if e.Body = r.expr(e.Body); blocks {
		e.Body = guard("element", e.Lbrack, e.Body)
	}
	r.in = outer
	return guard("made", e.Lbrack, e)
}

// display rewrites a list or a tuple.
func (r *rewriter) display(kind string, e syntax.Expr, pos syntax.Position, list []syntax.Expr) syntax.Expr {
	for i := range list {
		list[i] = r.expr(list[i])
	}
	switch {
	case len(list) == 0:
		return e
	case len(list) > maxArguments:
		return guard("made", pos, e)
	}
	return guard(kind, pos, list...)
}

// maxArguments is how many arguments a call may have (resolve.go of Starlark).
const maxArguments = 255

func (r *rewriter) dict(e *syntax.DictExpr) syntax.Expr {
	for _, x := range e.List {
		entry := x.(*syntax.DictEntry)
		entry.Key, entry.Value = r.key(entry.Key), r.expr(entry.Value)
	}
	if len(e.List) == 0 {
		return e
	}
	return guard("made", e.Lbrace, e)
}

// guardName is the guard of an operator: comparisons have another mark, so that <= is not < of x <= y.
func guardName(op syntax.Token) string {
	switch op {
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE:
		return op.String() + "?"
	default:
		return op.String()
	}
}
