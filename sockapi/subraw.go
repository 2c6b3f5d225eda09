package sockapi

import "mpsim/sockapi/abi"

// getSubOption is the enhanced socket API's part of GetSockOpt.
func (s *Socket) getSubOption(name int, mem *abi.Memory, optval []byte, optlen *int) error {
	return ENOPROTOOPT
}

// setSubOption is the enhanced socket API's part of SetSockOpt.
func (s *Socket) setSubOption(name int, mem *abi.Memory, optval []byte) error {
	return ENOPROTOOPT
}
