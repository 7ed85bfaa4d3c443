// Owns: the three outcomes of every parse in Syntax/.
// Does not own: what a connection does about them.

namespace TinyHost;

internal enum ParseStatus : byte
{
    /// <summary>The construct is whole and valid.</summary>
    Complete,

    /// <summary>Valid so far; more octets are needed.</summary>
    Incomplete,

    /// <summary>Invalid whatever may follow; a <see cref="RejectReason"/> says why.</summary>
    Rejected,
}
