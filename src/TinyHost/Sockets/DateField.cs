// Owns: the octets of the Date field line (RFC 9110 §6.6.1, IMF-fixdate of §5.6.7), made once a second.
// Does not own: the clock.

using System.Globalization;
using System.Text;

namespace TinyHost;

internal sealed class DateField
{
    // A clock that is corrected by less than this is waited for; beyond it, the clock was wrong and the new time is right.
    private static readonly TimeSpan s_longestHold = TimeSpan.FromMinutes(1);

    private byte[] _line = [];
    private DateTimeOffset _shown = DateTimeOffset.MinValue;

    internal DateField(DateTimeOffset now) => Set(now);

    /// <summary><c>Date: Sun, 06 Nov 1994 08:49:37 GMT</c> and its line end.</summary>
    internal ReadOnlySpan<byte> Line => Volatile.Read(ref _line);

    /// <summary>Sets the time; a step back of less than a minute is held until the clock has caught up. One caller at a time.</summary>
    internal void Set(DateTimeOffset now)
    {
        if (now < _shown && _shown - now < s_longestHold)
        {
            return;
        }

        _shown = now;
        // A fresh array each time: a writer on another thread may still be copying the old one.
        Volatile.Write(ref _line, Encoding.ASCII.GetBytes("Date: " + now.ToString("R", CultureInfo.InvariantCulture) + "\r\n"));
    }
}
