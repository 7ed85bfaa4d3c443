// Owns: the dimensions of the left-behind matrix.

namespace TinyHost.Tests.LeftBehindMatrix;

public enum LeftBehindWork
{
    ReadLoop,
    ReadAll,
    CopyTo,
    WriteLoop,
    FlushLoop,
    Json,
    UpgradedStream,
    WebSocket,
}

public enum LeftBehindContent
{
    /// <summary>Short enough for the server to drain when a handler leaves it unread.</summary>
    Small,

    /// <summary>More than <see cref="ServerLimits.MaxDrainSize"/>.</summary>
    Large,

    /// <summary>Chunked content or a fragmented WebSocket message, of any size.</summary>
    Chunked,
}

public enum LeftBehindConnection
{
    /// <summary>The next request is sent when the server waits for it.</summary>
    Persistent,

    /// <summary>The first request is the last one.</summary>
    Close,

    /// <summary>The next request may arrive at any time.</summary>
    Pipelined,
}

internal readonly record struct LeftBehindCell(LeftBehindWork Work, LeftBehindContent Content, LeftBehindConnection Connection)
{
    internal static IEnumerable<LeftBehindCell> All =>
        from work in Enum.GetValues<LeftBehindWork>()
        from content in Enum.GetValues<LeftBehindContent>()
        from connection in Enum.GetValues<LeftBehindConnection>()
        select new LeftBehindCell(work, content, connection);

    internal bool Upgrades => Work is LeftBehindWork.UpgradedStream or LeftBehindWork.WebSocket;

    internal bool Reads => Work is LeftBehindWork.ReadLoop or LeftBehindWork.ReadAll or LeftBehindWork.CopyTo or LeftBehindWork.Json;
}
