// Owns: how a server that cannot start says so.
// Does not own: undoing a half-made start.

namespace TinyHost;

/// <summary>The server could not start. The message is one sentence for the person who runs it: what, where, why.</summary>
public sealed class ServerStartException : Exception
{
    /// <summary>A failed start.</summary>
    public ServerStartException(string message, Exception? cause = null) : base(message, cause)
    {
    }
}
