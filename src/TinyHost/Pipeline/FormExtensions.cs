// Owns: the content of HTML forms without files: application/x-www-form-urlencoded.

using System.Globalization;

namespace TinyHost;

/// <summary>Reading forms.</summary>
public static class FormExtensions
{
    private const string FormType = "application/x-www-form-urlencoded";

    /// <summary>
    /// Reads the content as a form of the type <c>application/x-www-form-urlencoded</c> in UTF-8 (WHATWG's URL standard, §5). Bytes that
    /// are not UTF-8 become U+FFFD. Throws <see cref="RequestRejectedException"/>: 415 for another Content-Type, such as
    /// <c>multipart/form-data</c> (a missing one is accepted); 413 for more than <paramref name="maxLength"/> bytes, default 1 MiB, or
    /// more than <paramref name="maxPairs"/> pairs, default 1,024. Another call returns the same values. Throws
    /// <see cref="InvalidOperationException"/> if the content has been read already, in pieces or as a stream.
    /// </summary>
    public static async ValueTask<NameValues> ReadFormAsync(
        this Request request, int maxLength = 1_048_576, int maxPairs = 1_024, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegative(maxPairs);
        if (request.Fields["Content-Type"] is { } contentType
            && !MediaType.Of(contentType).Equals(FormType, StringComparison.OrdinalIgnoreCase))
        {
            throw MediaType.Refusal(contentType, "a form", FormType);
        }

        var content = await request.Body.ReadWholeAsync(maxLength, cancellationToken).ConfigureAwait(false);
        var form = request.Allocations.Make((content, maxPairs), static form => Read(form.content.Span, form.maxPairs));
        if (form is null)
        {
            var detail = string.Create(
                CultureInfo.InvariantCulture, $"the limit is {maxPairs} fields (maxPairs of the handler's read)");
            throw new RequestRejectedException(RejectReason.BodyTooLarge, $"The content is too large: {detail}.") { Detail = detail };
        }

        return form;
    }

    private static NameValues? Read(ReadOnlySpan<byte> content, int maxPairs) =>
        UrlEncoded.Read(content, maxPairs) is { } pairs ? new NameValues(pairs, "form field") : null;
}
