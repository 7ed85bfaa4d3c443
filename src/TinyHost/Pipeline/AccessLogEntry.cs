// Owns: what one line of the access log tells, and its values by name for structured logs.

using System.Collections;
using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed class AccessLogEntry : IReadOnlyList<KeyValuePair<string, object?>>
{
    internal static readonly EventId Event = new(2, "RequestCompleted");

    public int Count => 13;

    /// <summary>When the response was complete.</summary>
    internal required DateTimeOffset Time { get; init; }

    internal required IPEndPoint Remote { get; init; }

    internal string? User { get; init; }

    internal string? Method { get; init; }

    /// <summary>The path as received, percent-encoded where a URI must be.</summary>
    internal string? Path { get; init; }

    internal Version? Version { get; init; }

    /// <summary>The status that was sent; null if none was.</summary>
    internal int? StatusCode { get; init; }

    internal long BytesIn { get; init; }

    internal long BytesOut { get; init; }

    internal TimeSpan Duration { get; init; }

    internal string? TraceId { get; init; }

    /// <summary>Why the request was refused, or <c>aborted</c>; null for neither.</summary>
    internal string? Ending { get; init; }

    internal string? Referer { get; init; }

    internal string? UserAgent { get; init; }

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("Remote", Remote),
        1 => new("User", User),
        2 => new("Method", Method),
        3 => new("Path", Path),
        4 => new("Version", Version),
        5 => new("StatusCode", StatusCode),
        6 => new("BytesIn", BytesIn),
        7 => new("BytesOut", BytesOut),
        8 => new("Milliseconds", Duration.TotalMilliseconds),
        9 => new("TraceId", TraceId),
        10 => new("Ending", Ending),
        11 => new("Referer", Referer),
        12 => new("UserAgent", UserAgent),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
