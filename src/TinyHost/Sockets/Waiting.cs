// Owns: what a connection is waiting for.

namespace TinyHost;

internal enum Waiting : byte
{
    /// <summary>Nothing with a deadline: a handler is running.</summary>
    None,

    /// <summary>What precedes HTTP on the connection.</summary>
    Opening,

    /// <summary>The next request.</summary>
    Idle,

    /// <summary>The rest of a header section.</summary>
    HeaderSection,

    /// <summary>Content that the handler reads.</summary>
    Content,

    /// <summary>The peer taking what is sent.</summary>
    Send,

    /// <summary>The peer closing the connection after the last response.</summary>
    Linger,
}
