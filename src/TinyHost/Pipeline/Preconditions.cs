// Owns: the conditions of a request for a representation, in the order of RFC 9110 §13.2.2.

namespace TinyHost;

/// <summary>The validators of what GET would answer.</summary>
/// <param name="ETag">A strong entity tag.</param>
/// <param name="LastModified">In whole seconds; null if it is unknown: then conditions on dates are ignored.</param>
internal readonly record struct Preconditions(string ETag, DateTimeOffset? LastModified)
{
    /// <summary>The status that a GET or HEAD is answered with: 200, 304 or 412.</summary>
    internal int StatusFor(RequestFields fields)
    {
        if (fields["If-Match"] is { } match)
        {
            if (!EntityTag.IsIn(match, ETag, isStrong: true))
            {
                return 412;
            }
        }
        else if (DateOf(fields["If-Unmodified-Since"]) is { } unmodifiedSince && LastModified > unmodifiedSince)
        {
            return 412;
        }

        if (fields["If-None-Match"] is { } noneMatch)
        {
            return EntityTag.IsIn(noneMatch, ETag, isStrong: false) ? 304 : 200;
        }

        return DateOf(fields["If-Modified-Since"]) is { } modifiedSince && LastModified <= modifiedSince ? 304 : 200;
    }

    /// <summary>Whether the Range field counts: the client's part, if it has one, is of this representation (§13.1.5).</summary>
    internal bool AllowRange(RequestFields fields) =>
        fields["If-Range"] is not { } value
        || (value.Contains('"', StringComparison.Ordinal) ? value == ETag : DateOf(value) is { } date && date == LastModified);

    private static DateTimeOffset? DateOf(string? text) => text is not null && HttpDate.TryParse(text, out var date) ? date : null;
}
