// Package attack holds what an attacker would try, as tests over HTTP against the
// real program and its real database: stolen and planted cookies, many requests at
// the same moment, steps out of order, forms that no page of ours has, a database
// that fails. Each test carries the id of the requirement it proves and fails when
// the guard behind it is taken out. Under the race detector those run that do several
// things at once.
package attack
