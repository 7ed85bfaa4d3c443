// Owns: the media type in a Content-Type field, RFC 9110 §8.3.1.

namespace TinyHost;

internal static class MediaType
{
    /// <summary>The media type without its parameters.</summary>
    internal static ReadOnlySpan<char> Of(ReadOnlySpan<char> contentType)
    {
        var parameters = contentType.IndexOf(';');
        return (parameters < 0 ? contentType : contentType[..parameters]).Trim(" \t");
    }

    /// <summary>The refusal of content that is not <paramref name="what"/>, whose media type is <paramref name="expected"/>.</summary>
    internal static RequestRejectedException Refusal(string contentType, string what, string expected) => new(
        RejectReason.UnsupportedMediaType,
        $"The content is not {what} but '{contentType}'; the media type of {what} is {expected}.")
    {
        Detail = $"the media type must be {expected}",
    };
}
