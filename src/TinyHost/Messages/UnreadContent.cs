// Owns: the answer to a request whose handler has succeeded but did not read content of too large a declared length.

namespace TinyHost;

internal static class UnreadContent
{
    /// <summary>
    /// Refuses the content, and returns the refusal to answer: the client must learn the limit. Null if the response has started, or is an
    /// answer such as 401, 404 or a redirect, which tells the client more.
    /// </summary>
    internal static RequestRejectedException? Refuse(Http1Connection http1)
    {
        if (http1.State.HasResponseStarted || http1.Writer.StatusCode >= 300)
        {
            return null;
        }

        http1.ContentReader.RefuseTooLarge();
        return RequestRejectedException.OfContent(http1);
    }
}
