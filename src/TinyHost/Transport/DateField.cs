// Owns: the octets of the Date field line (RFC 9110 §6.6.1, IMF-fixdate of §5.6.7), made once a second.
// Does not own: the clock.

using System.Globalization;
using System.Text;

namespace TinyHost;

internal sealed class DateField
{
    private byte[] _line = [];

    internal DateField(DateTimeOffset now) => Set(now);

    /// <summary><c>Date: Sun, 06 Nov 1994 08:49:37 GMT</c> and its line end.</summary>
    internal ReadOnlySpan<byte> Line => Volatile.Read(ref _line);

    // A fresh array each time: a writer on another thread may still be copying the old one.
    internal void Set(DateTimeOffset now) =>
        Volatile.Write(ref _line, Encoding.ASCII.GetBytes("Date: " + now.ToString("R", CultureInfo.InvariantCulture) + "\r\n"));
}
