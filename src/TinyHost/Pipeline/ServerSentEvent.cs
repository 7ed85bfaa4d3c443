// Owns: one event of an event stream, and its form on the wire (HTML Living Standard §9.2.5).

using System.Buffers;
using System.Globalization;
using System.Text;

namespace TinyHost;

/// <summary>
/// An event for a browser's <c>EventSource</c> (HTML Living Standard §9.2). Its data may have several lines: the browser joins them by line
/// feeds, whatever ended them.
/// </summary>
/// <param name="data">The data; null throws <see cref="ArgumentNullException"/>.</param>
public sealed class ServerSentEvent(string data)
{
    /// <summary>The data.</summary>
    public string Data { get; } = data ?? throw new ArgumentNullException(nameof(data));

    /// <summary>
    /// The event's id, which a browser that reconnects sends in the field <c>Last-Event-ID</c>; null, the default, leaves it as it was, and
    /// an empty text clears it. Throws <see cref="ArgumentException"/> for line breaks and NUL.
    /// </summary>
    public string? Id
    {
        get;
        init => field = value is not null && value.AsSpan().ContainsAny('\r', '\n', '\0')
            ? throw new ArgumentException("The id of an event has no line break and no NUL.", nameof(value))
            : value;
    }

    /// <summary>
    /// The name of the event that listeners register for; null, the default, for <c>message</c>. Throws <see cref="ArgumentException"/> for
    /// an empty text and line breaks.
    /// </summary>
    public string? EventType
    {
        get;
        init => field = value is not null && (value.Length == 0 || value.AsSpan().ContainsAny('\r', '\n'))
            ? throw new ArgumentException("The type of an event is not empty and has no line break.", nameof(value))
            : value;
    }

    /// <summary>
    /// How long the browser waits before it reconnects, in whole milliseconds; null, the default, leaves it as it was. Throws
    /// <see cref="ArgumentOutOfRangeException"/> for a negative time.
    /// </summary>
    public TimeSpan? Retry
    {
        get;
        init => field = value < TimeSpan.Zero
            ? throw new ArgumentOutOfRangeException(nameof(value), value, "The time before a browser reconnects is not negative.")
            : value;
    }

    internal void WriteTo(IBufferWriter<byte> stream)
    {
        WriteLine(stream, "event: "u8, EventType);
        WriteLine(stream, "id: "u8, Id);
        WriteLine(stream, "retry: "u8, Retry is { } retry ? ((long)retry.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) : null);
        WriteData(stream, Data);
    }

    /// <summary>Writes the lines of the data and the empty line that ends the event.</summary>
    internal static void WriteData(IBufferWriter<byte> stream, string data)
    {
        var rest = data.AsSpan();
        while (true)
        {
            var end = rest.IndexOfAny('\r', '\n');
            if (end < 0)
            {
                WriteLine(stream, "data: "u8, rest, "\n\n"u8);
                return;
            }

            WriteLine(stream, "data: "u8, rest[..end], "\n"u8);
            rest = rest[(end + (rest[end..].StartsWith("\r\n") ? 2 : 1))..];
        }
    }

    private static void WriteLine(IBufferWriter<byte> stream, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            WriteLine(stream, name, value, "\n"u8);
        }
    }

    // In one step: each step takes the right to write to the response.
    private static void WriteLine(IBufferWriter<byte> stream, ReadOnlySpan<byte> name, ReadOnlySpan<char> value, ReadOnlySpan<byte> end)
    {
        var line = stream.GetSpan(name.Length + Encoding.UTF8.GetByteCount(value) + end.Length);
        name.CopyTo(line);
        var written = name.Length + Encoding.UTF8.GetBytes(value, line[name.Length..]);
        end.CopyTo(line[written..]);
        stream.Advance(written + end.Length);
    }
}
