// Owns: what a connection does after a response.
// Does not own: the decision (Outcome).

namespace TinyHost;

internal enum After : byte
{
    /// <summary>Serve the next request.</summary>
    Continue,

    /// <summary>Close once the peer has what was sent.</summary>
    Close,

    /// <summary>Close at once: the peer must see that something was cut off.</summary>
    Abort,
}
