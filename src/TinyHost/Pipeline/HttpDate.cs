// Owns: the three forms of a date in a field, RFC 9110 §5.6.7.

using System.Globalization;

namespace TinyHost;

internal static class HttpDate
{
    private static readonly string[] s_formats =
        ["ddd, dd MMM yyyy HH:mm:ss 'GMT'", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"];

    private static readonly DateTimeFormatInfo s_names = new()
    {
        // A year of two digits that would be more than 50 years in the future is in the past.
        Calendar = new GregorianCalendar { TwoDigitYearMax = TimeProvider.System.GetUtcNow().Year + 50 },
    };

    /// <summary>Parses a date of any of the three forms; false for another text.</summary>
    internal static bool TryParse(string text, out DateTimeOffset date) =>
        // The day in asctime's form is padded by a space.
        DateTimeOffset.TryParseExact(
            text, s_formats, s_names, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite, out date);

    internal static string Write(DateTimeOffset date) => date.ToString("R", CultureInfo.InvariantCulture);
}
