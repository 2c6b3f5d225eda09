package script

import (
	"fmt"
	"math/big"

	"go.starlark.net/syntax"
)

// The compiler rewrites the syntax tree so that whatever can grow a value, or take long over one, is a call of a
// guard (guard.go), which counts octets and steps first. What the text shows to be cheap stays as it is
// (cheap.go): sums with a small number, comparisons with what is small, attributes of the values of this package.

// isGuard tells names of functions that the compiler has put in, which no script can write.
func isGuard(name string) bool { return len(name) > 0 && name[0] == '.' }

// maxNesting is how deep expressions and statements may nest, chains such as a + b + c included.
const maxNesting = 1000

// maxIntBits is the size of the largest int.
const maxIntBits = 4096

// rewriter goes over one file.
type rewriter struct {
	depth int
	in    *scope
	err   error
}

// rewriteFile puts the guards in.
func rewriteFile(f *syntax.File) error {
	r := &rewriter{in: newScope(nil, nil, f.Stmts)}
	f.Stmts = r.stmts(f.Stmts)
	return r.err
}

func (r *rewriter) fail(pos syntax.Position, format string, args ...any) {
	if r.err == nil {
		r.err = syntax.Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
	}
}

// enter counts a level; false: too deep, or there has been an error.
func (r *rewriter) enter(n syntax.Node) bool {
	if r.depth++; r.depth > maxNesting {
		if r.err == nil { // the span of a deep tree takes long to find: once
			r.fail(syntax.Start(n), "nested too deeply: at most %d levels", maxNesting)
		}
	}
	return r.err == nil
}

func (r *rewriter) leave() { r.depth-- }

// guard makes a call of a guard at a position.
func guard(name string, pos syntax.Position, args ...syntax.Expr) *syntax.CallExpr {
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: pos, Name: "." + name}, Lparen: pos, Args: args, Rparen: pos}
}

func (r *rewriter) stmts(list []syntax.Stmt) []syntax.Stmt {
	if len(list) == 0 {
		return nil // the else that an if has not
	}
	out := make([]syntax.Stmt, 0, len(list))
	for _, s := range list {
		out = append(out, r.stmt(s)...)
	}
	return out
}

// stmt rewrites a statement into one or two.
func (r *rewriter) stmt(s syntax.Stmt) []syntax.Stmt {
	if !r.enter(s) {
		return []syntax.Stmt{s}
	}
	defer r.leave()
	switch s := s.(type) {
	case *syntax.ExprStmt:
		s.X = r.expr(s.X)
	case *syntax.IfStmt:
		s.Cond = r.expr(s.Cond)
		s.True, s.False = r.stmts(s.True), r.stmts(s.False)
	case *syntax.ForStmt:
		s.X = r.expr(s.X)
		r.target(s.Vars)
		s.Body = r.stmts(s.Body)
	case *syntax.WhileStmt:
		s.Cond = r.expr(s.Cond)
		s.Body = append([]syntax.Stmt{placed(s.While)}, r.stmts(s.Body)...)
	case *syntax.ReturnStmt:
		if s.Result != nil {
			s.Result = r.expr(s.Result)
		}
	case *syntax.AssignStmt:
		return []syntax.Stmt{r.assign(s)}
	case *syntax.DefStmt:
		return r.def(s)
	case *syntax.LoadStmt:
		r.fail(s.Load, "a script loads no other file")
	case *syntax.BranchStmt:
	}
	return []syntax.Stmt{s}
}

// placed is a statement that does nothing but have a place: without it, the interpreter would not know where it is in
// a loop of nothing else.
func placed(pos syntax.Position) syntax.Stmt {
	return &syntax.ExprStmt{X: &syntax.UnaryExpr{OpPos: pos, Op: syntax.NOT,
		X: &syntax.Ident{NamePos: pos, Name: "True"}}}
}

// def rewrites a function. One inside of another is counted each time that it is made.
func (r *rewriter) def(s *syntax.DefStmt) []syntax.Stmt {
	r.defaults(s.Params)
	outer := r.in
	r.in = newScope(outer, s.Params, s.Body)
	s.Body = r.stmts(s.Body)
	if rest := restOf(s.Params); len(rest) > 0 {
		at := 0
		if _, ok := docString(s.Body); ok {
			at = 1
		}
		check := &syntax.ExprStmt{X: guard("rest", s.Def, rest...)}
		s.Body = append(s.Body[:at:at], append([]syntax.Stmt{check}, s.Body[at:]...)...)
	}
	r.in = outer
	if outer.parent == nil && r.depth == 1 {
		return []syntax.Stmt{s}
	}
	name := &syntax.Ident{NamePos: s.Name.NamePos, Name: s.Name.Name}
	return []syntax.Stmt{s, &syntax.ExprStmt{X: guard("func", s.Def, name)}}
}

func docString(body []syntax.Stmt) (string, bool) {
	if len(body) > 0 {
		if e, ok := body[0].(*syntax.ExprStmt); ok {
			if l, ok := e.X.(*syntax.Literal); ok && l.Token == syntax.STRING {
				return l.Raw, true
			}
		}
	}
	return "", false
}

// defaults rewrites the default values of parameters.
func (r *rewriter) defaults(params []syntax.Expr) {
	for _, p := range params {
		if b, ok := p.(*syntax.BinaryExpr); ok {
			b.Y = r.expr(b.Y)
		}
	}
}

// restOf returns *args and **kwargs.
func restOf(params []syntax.Expr) (rest []syntax.Expr) {
	for _, p := range params {
		if u, ok := p.(*syntax.UnaryExpr); ok && u.X != nil {
			id := u.X.(*syntax.Ident)
			rest = append(rest, &syntax.Ident{NamePos: id.NamePos, Name: id.Name})
		}
	}
	return rest
}

// target rewrites the keys in what is assigned to.
func (r *rewriter) target(e syntax.Expr) {
	if !r.enter(e) {
		return
	}
	defer r.leave()
	switch e := e.(type) {
	case *syntax.ParenExpr:
		r.target(e.X)
	case *syntax.TupleExpr:
		for _, x := range e.List {
			r.target(x)
		}
	case *syntax.ListExpr:
		for _, x := range e.List {
			r.target(x)
		}
	case *syntax.IndexExpr:
		e.X = r.expr(e.X)
		e.Y = guard("newkey", syntax.Start(e.Y), r.expr(e.Y))
	case *syntax.DotExpr:
		e.X = r.expr(e.X)
	}
}

func (r *rewriter) assign(s *syntax.AssignStmt) syntax.Stmt {
	if s.Op != syntax.EQ {
		return r.augmented(s)
	}
	if index, ok := s.LHS.(*syntax.IndexExpr); ok { // the right side comes first
		value, x := r.expr(s.RHS), r.expr(index.X)
		return &syntax.ExprStmt{X: guard("setindex", index.Lbrack, value, x, r.expr(index.Y))}
	}
	left, lok := unparen(s.LHS).(*syntax.TupleExpr)
	right, rok := unparen(s.RHS).(*syntax.TupleExpr)
	if lok && rok && len(left.List) == len(right.List) {
		for i := range right.List { // taken apart at once
			right.List[i] = r.expr(right.List[i])
		}
	} else {
		s.RHS = r.expr(s.RHS)
	}
	r.target(s.LHS)
	return s
}

// augmented rewrites x += y and its like.
func (r *rewriter) augmented(s *syntax.AssignStmt) syntax.Stmt {
	op := s.Op - syntax.PLUS_EQ + syntax.PLUS
	left := unparen(s.LHS)
	switch x := left.(type) {
	case *syntax.DotExpr: // of values of this package, which are small
		x.X = r.expr(x.X)
		s.RHS = r.expr(s.RHS)
		return s
	case *syntax.IndexExpr:
		if r.cheapBinary(op, left, s.RHS) {
			x.X, x.Y = r.expr(x.X), r.key(x.Y)
			s.RHS = r.expr(s.RHS)
			return s
		}
		if !pure(x.X) || !pure(x.Y) {
			r.fail(s.OpPos, "evaluates what stands before %s= twice: give it a name first", op)
			return s
		}
		old := &syntax.IndexExpr{X: r.expr(copyPure(x.X)), Lbrack: x.Lbrack, Y: r.key(copyPure(x.Y)), Rbrack: x.Rbrack}
		value := guard(op.String()+"=", s.OpPos, old, r.expr(s.RHS))
		return &syntax.ExprStmt{X: guard("setindex", x.Lbrack, value, r.expr(x.X), r.expr(x.Y))}
	case *syntax.Ident:
		if r.cheapBinary(op, left, s.RHS) {
			s.RHS = r.expr(s.RHS)
			return s
		}
		old := &syntax.Ident{NamePos: x.NamePos, Name: x.Name}
		return &syntax.AssignStmt{OpPos: s.OpPos, Op: syntax.EQ, LHS: s.LHS,
			RHS: guard(op.String()+"=", s.OpPos, old, r.expr(s.RHS))}
	}
	return s // the resolver says what is wrong
}

func unparen(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// pure tells whether an expression can be evaluated twice.
func pure(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Ident, *syntax.Literal:
		return true
	case *syntax.ParenExpr:
		return pure(e.X)
	case *syntax.DotExpr:
		return pure(e.X)
	case *syntax.IndexExpr:
		return pure(e.X) && pure(e.Y)
	case *syntax.UnaryExpr:
		return e.X != nil && pure(e.X)
	case *syntax.BinaryExpr:
		return pure(e.X) && pure(e.Y)
	case *syntax.TupleExpr:
		for _, x := range e.List {
			if !pure(x) {
				return false
			}
		}
		return true
	}
	return false
}

// copyPure copies an expression that is pure: the tree must not hold a node twice.
func copyPure(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case *syntax.Ident:
		return &syntax.Ident{NamePos: e.NamePos, Name: e.Name}
	case *syntax.Literal:
		c := *e
		return &c
	case *syntax.ParenExpr:
		return &syntax.ParenExpr{Lparen: e.Lparen, X: copyPure(e.X), Rparen: e.Rparen}
	case *syntax.DotExpr:
		return &syntax.DotExpr{X: copyPure(e.X), Dot: e.Dot, NamePos: e.NamePos,
			Name: &syntax.Ident{NamePos: e.Name.NamePos, Name: e.Name.Name}}
	case *syntax.IndexExpr:
		return &syntax.IndexExpr{X: copyPure(e.X), Lbrack: e.Lbrack, Y: copyPure(e.Y), Rbrack: e.Rbrack}
	case *syntax.UnaryExpr:
		return &syntax.UnaryExpr{OpPos: e.OpPos, Op: e.Op, X: copyPure(e.X)}
	case *syntax.BinaryExpr:
		return &syntax.BinaryExpr{X: copyPure(e.X), OpPos: e.OpPos, Op: e.Op, Y: copyPure(e.Y)}
	case *syntax.TupleExpr:
		c := &syntax.TupleExpr{Lparen: e.Lparen, Rparen: e.Rparen}
		for _, x := range e.List {
			c.List = append(c.List, copyPure(x))
		}
		return c
	}
	panic("script: copy of an expression that is not pure")
}

// tooLarge says that a literal is larger than any int may get.
func tooLarge(l *syntax.Literal) bool {
	n, ok := l.Value.(*big.Int)
	return ok && n.BitLen() > maxIntBits
}
