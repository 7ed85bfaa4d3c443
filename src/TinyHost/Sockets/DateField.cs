// Owns: the Date field line (RFC 9110 §6.6.1) in IMF-fixdate format (§5.6.7), written once a second.

using System.Globalization;
using System.Text;

namespace TinyHost;

internal sealed class DateField
{
    // A clock set back by less than this is waited for. A larger step corrects a clock that was wrong.
    private static readonly TimeSpan s_longestHold = TimeSpan.FromMinutes(1);

    private byte[] _line = [];
    private DateTimeOffset _time = DateTimeOffset.MinValue;

    internal DateField(DateTimeOffset now) => Set(now);

    /// <summary><c>Date: Sun, 06 Nov 1994 08:49:37 GMT</c> and the line end.</summary>
    internal ReadOnlySpan<byte> Line => Volatile.Read(ref _line);

    /// <summary>Sets the time. One caller at a time.</summary>
    internal void Set(DateTimeOffset now)
    {
        if (now < _time && _time - now < s_longestHold)
        {
            return;
        }

        _time = now;
        // A new array each time: other threads may still be copying the old one.
        Volatile.Write(ref _line, Encoding.ASCII.GetBytes("Date: " + now.ToString("R", CultureInfo.InvariantCulture) + "\r\n"));
    }
}
