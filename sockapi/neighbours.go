package sockapi

import "mpsim/sockapi/abi"

// Options of other interfaces than the enhanced socket API: what GetSockOpt and SetSockOpt do not know themselves
// comes here.

// getNeighbour reads an option of a neighbouring interface; handled is false for one that it does not have. The
// socket is not closed, optval and optlen are not nil, *optlen is not negative.
func (s *Socket) getNeighbour(level, name int, mem *abi.Memory, optval []byte, optlen *int) (handled bool, err error) {
	return false, nil
}

// setNeighbour sets an option of a neighbouring interface; handled is false for one that it does not have. The
// socket is not closed, optval is not nil.
func (s *Socket) setNeighbour(level, name int, mem *abi.Memory, optval []byte) (handled bool, err error) {
	return false, nil
}
