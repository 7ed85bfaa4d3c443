// Owns: the names of what the two halves of a connection are at, and of what a handler left pending on them.
// Does not own: which follows on which (ConnectionState).

namespace TinyHost;

/// <summary>What a connection is reading.</summary>
internal enum Reading : byte
{
    /// <summary>A request's head, or the wait for one.</summary>
    Head,

    /// <summary>A request's content.</summary>
    Content,

    /// <summary>Nothing: the content is at its end, and another head may follow.</summary>
    Drained,

    /// <summary>Nothing, and nothing that follows is a request.</summary>
    Ended,
}

/// <summary>What a connection is writing.</summary>
internal enum Writing : byte
{
    /// <summary>Nothing of a final response yet.</summary>
    Nothing,

    /// <summary>The head has been written.</summary>
    Head,

    /// <summary>Content has been written behind the head.</summary>
    Content,

    /// <summary>The response is complete.</summary>
    Done,

    /// <summary>101 was answered: the octets are another protocol's.</summary>
    Upgraded,
}

/// <summary>The operations that a handler began and did not wait for.</summary>
[Flags]
internal enum LeftBehind
{
    Nothing = 0,
    Read = 2,
    Write = 4,
}
