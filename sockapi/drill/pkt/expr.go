package pkt

import "strconv"

// exprs reads a list up to its end, which it takes.
func (p *parser) exprs(end string) []*Expr {
	var list []*Expr
	if p.accept(end) {
		return nil
	}
	for {
		list = append(list, p.expr())
		if p.accept(end) {
			return list
		}
		if !p.accept(",") {
			p.unexpected("\",\" or \"" + end + "\"")
		}
	}
}

// maxDepth bounds the nesting of expressions.
const maxDepth = 50

func (p *parser) expr() *Expr { return p.exprIn(0) }

func (p *parser) exprIn(depth int) *Expr {
	if depth > maxDepth {
		p.failAt(p.tok().Pos, "the expression is nested deeper than %d levels", maxDepth)
	}
	e := p.primary()
	for p.is("|") {
		at := p.take().Pos
		e = &Expr{Pos: at, Kind: Or, Args: []*Expr{e, p.primary()}}
		depth++
		if depth > maxDepth {
			p.failAt(at, "more than %d values in one |", maxDepth)
		}
	}
	return e
}

func (p *parser) primary() *Expr {
	t := p.tok()
	e := &Expr{Pos: t.Pos}
	switch {
	case t.kind == tokEllipsis:
		p.take()
		e.Kind = Ellipsis
	case t.kind == tokInteger, t.kind == tokHex:
		e.Kind, e.Int = Integer, p.integer()
	case t.kind == tokString:
		e.Kind = String
		for p.tok().kind == tokString {
			e.Str += p.take().text
		}
		e.Open = p.accept("...")
	case t.kind == tokWord:
		p.wordExpr(e)
	case p.is("["), p.is("{"):
		p.nested++
		if p.nested > maxDepth {
			p.failAt(t.Pos, "the expression is nested deeper than %d levels", maxDepth)
		}
		if p.take(); t.text == "[" {
			e.Kind, e.Args = List, p.exprs("]")
		} else {
			e.Kind, e.Args = Struct, p.exprs("}")
		}
		p.nested--
	default:
		p.unexpected("a value")
	}
	return e
}

// integer reads any 64-bit number; those of 2^63 and above wrap.
func (p *parser) integer() int64 {
	t := p.take()
	if v, err := strconv.ParseInt(t.text, 0, 64); err == nil && t.kind == tokHex {
		return v
	}
	if v, err := strconv.ParseInt(t.text, 10, 64); err == nil {
		return v
	}
	v, err := strconv.ParseUint(t.text, 0, 64)
	if err != nil {
		p.failAt(t.Pos, "number %s does not fit into 64 bits", t.text)
	}
	return int64(v)
}

// wordExpr reads NAME, NAME = value, NAME(...) and NAME(...) = value.
func (p *parser) wordExpr(e *Expr) {
	e.Kind, e.Name = Word, p.take().text
	var args []*Expr
	if p.accept("(") {
		p.nested++
		if p.nested > maxDepth {
			p.failAt(e.Pos, "the expression is nested deeper than %d levels", maxDepth)
		}
		e.Kind, args = Apply, p.exprs(")")
		p.nested--
	}
	e.Args = args
	if p.nested > 0 && p.accept("=") {
		p.nested++
		if p.nested > maxDepth {
			p.failAt(e.Pos, "the expression is nested deeper than %d levels", maxDepth)
		}
		e.Kind, e.Args = Assign, append([]*Expr{p.expr()}, args...)
		p.nested--
	}
}
