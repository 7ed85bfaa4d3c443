// Owns: reporting that a server cannot start.

namespace TinyHost;

/// <summary>A server could not start. The message is one sentence for its operator: what failed, where, and why.</summary>
public sealed class ServerStartException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ServerStartException(string message, Exception? cause = null) : base(message, cause)
    {
    }
}
