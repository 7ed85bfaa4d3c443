// Owns: the lines of the access log. What comes from a request is escaped: it cannot end a line, a quoted part, or a column.
// Sources: Apache HTTP Server, mod_log_config, "Common Log Format" and "Combined Log Format"; RFC 8259.

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace TinyHost;

internal static class AccessLogText
{
    private const int SmallLine = 1_024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_output;

    [ThreadStatic]
    private static Utf8JsonWriter? s_json;

    private static readonly Func<AccessLogEntry, Exception?, string>[] s_formatters =
    [
        static (entry, _) => Text(entry),
        static (entry, _) => Common(entry),
        static (entry, _) => $"{Common(entry)} \"{Escape(entry.Referer)}\" \"{Escape(entry.UserAgent)}\"",
        static (entry, _) => Json(entry),
    ];

    internal static Func<AccessLogEntry, Exception?, string> FormatterOf(AccessLogFormat format) => s_formatters[(int)format];

    private static string Text(AccessLogEntry entry)
    {
        // A clock may go back.
        var microseconds = Math.Max(0, (long)Math.Round(entry.Duration.TotalMicroseconds));
        return string.Create(
            CultureInfo.InvariantCulture,
            stackalloc char[256],
            $"{new EndPointText(entry.Remote)} {Column(entry.User)} {Column(entry.Method)} {Column(entry.Path)} {Status(entry)} "
            + $"{entry.BytesIn} {entry.BytesOut} {microseconds / 1_000}.{microseconds % 1_000:D3} ms {Column(entry.TraceId)}"
            + $"{(entry.Ending is null ? "" : " ")}{entry.Ending}");
    }

    private static string Common(AccessLogEntry entry)
    {
        var request = entry.Method is null ? "-"
            : entry.Version is null ? $"{entry.Method} {Column(entry.Path)}"
            : $"{entry.Method} {Column(entry.Path)} HTTP/{entry.Version}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(entry.Remote is UnixEndPoint ? entry.Remote : entry.Remote.Address)} - {Column(entry.User)} "
            + $"[{entry.Time.ToUniversalTime():dd/MMM/yyyy:HH:mm:ss} +0000] \"{request}\" "
            + $"{Status(entry)} {entry.BytesOut}");
    }

    private static string Json(AccessLogEntry entry)
    {
        // The buffer stays with the thread. The limits of a request's head bound it.
        var output = s_output ??= new ArrayBufferWriter<byte>(SmallLine);
        var json = s_json ??= new Utf8JsonWriter(output);
        output.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteString("time", entry.Time);
        json.WriteString("remote", entry.Remote.ToString());
        json.WriteString("user", entry.User);
        json.WriteString("method", entry.Method);
        json.WriteString("path", entry.Path);
        json.WriteString("version", entry.Version?.ToString());
        if (entry.StatusCode is { } status)
        {
            json.WriteNumber("status", status);
        }
        else
        {
            json.WriteNull("status");
        }

        json.WriteNumber("bytesIn", entry.BytesIn);
        json.WriteNumber("bytesOut", entry.BytesOut);
        json.WriteNumber("seconds", entry.Duration.TotalSeconds);
        json.WriteString("traceId", entry.TraceId);
        json.WriteString("ending", entry.Ending);
        json.WriteString("referer", entry.Referer);
        json.WriteString("userAgent", entry.UserAgent);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Status(AccessLogEntry entry) => entry.StatusCode?.ToString(CultureInfo.InvariantCulture) ?? "-";

    // A name may be empty or look like the sign for none.
    private static string Column(string? text) => text switch
    {
        null => "-",
        "" or "-" => $"\"{text}\"",
        _ => Escape(text).Replace(" ", "\\x20", StringComparison.Ordinal),
    };

    // As Apache does: backslashes before quotes and backslashes, other characters outside printable ASCII by their octets in UTF-8.
    private static string Escape(string? text)
    {
        if (text is null)
        {
            return "-";
        }

        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.AsSpan().ContainsAny('"', '\\'))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            switch (octet)
            {
                case (byte)'"' or (byte)'\\':
                    escaped.Append('\\').Append((char)octet);
                    break;
                case >= (byte)' ' and <= (byte)'~':
                    escaped.Append((char)octet);
                    break;
                default:
                    escaped.Append("\\x").Append(octet.ToString("x2", CultureInfo.InvariantCulture));
                    break;
            }
        }

        return escaped.ToString();
    }

    // Without a string of its own for each line.
    private readonly struct EndPointText(IPEndPoint endPoint) : ISpanFormattable
    {
        public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
            endPoint is UnixEndPoint
                ? destination.TryWrite($"{endPoint}", out charsWritten)
                : endPoint.AddressFamily == AddressFamily.InterNetworkV6
                    ? destination.TryWrite(CultureInfo.InvariantCulture, $"[{endPoint.Address}]:{endPoint.Port}", out charsWritten)
                    : destination.TryWrite(CultureInfo.InvariantCulture, $"{endPoint.Address}:{endPoint.Port}", out charsWritten);

        public string ToString(string? format, IFormatProvider? formatProvider) => endPoint.ToString();
    }
}
