// Owns: the limits on the content of the current request, and what a refusal for them says: the limit, and the setting that raises it.

using System.Globalization;

namespace TinyHost;

internal sealed class ContentLimits(Http1Connection http1)
{
    private ServerLimits? _own;

    /// <summary>The server's limits, unless the request has limits of its own.</summary>
    internal ServerLimits Current => _own ?? http1.Limits;

    /// <summary>What the client is told about a refusal beyond its reason; null for nothing.</summary>
    internal string? RefusalDetail { get; private set; }

    /// <summary>
    /// Replaces the limits by a copy that <paramref name="change"/> has changed. Throws <see cref="InvalidOperationException"/> once
    /// content has been read or refused.
    /// </summary>
    internal void Change(Action<ServerLimits> change)
    {
        if (http1.ContentRead > 0 || http1.Rejection != RejectReason.None)
        {
            throw new InvalidOperationException("The content has been read: set its limits before the first read.");
        }

        var own = Current.Copy();
        change(own);
        _own = own;
        http1.Deadline.LimitContent(own);
    }

    /// <summary>The request has ended.</summary>
    internal void Clear() => _own = null;

    /// <summary>The content is refused. The maximum is that of a read, if it is its.</summary>
    internal void Refuse(RejectReason reason, int? maxLength)
    {
        http1.Rejection = reason;
        RefusalDetail = reason switch
        {
            RejectReason.BodyTooLarge => SizeDetail(maxLength),
            RejectReason.BodyTooSlow => RateDetail(),
            _ => null,
        };
    }

    private string SizeDetail(int? maxLength)
    {
        var (limit, setting) = maxLength is not null ? (maxLength, "maxLength of the handler's read")
            : Current.MaxRequestBodySize == http1.Limits.MaxRequestBodySize
                ? (http1.Limits.MaxRequestBodySize, $"{http1.Limits.SettingsPath}:MaxRequestBodySize")
            : (Current.MaxRequestBodySize, "Request.Body.MaxSize");
        return string.Create(CultureInfo.InvariantCulture, $"the limit is {limit} bytes ({setting})");
    }

    private string RateDetail()
    {
        var rate = Current.MinDataRate;
        var setting = rate == http1.Limits.MinDataRate ? $"{http1.Limits.SettingsPath}:MinDataRate" : "Request.Body.MinDataRate";
        return string.Create(CultureInfo.InvariantCulture, $"the minimum is {rate} bytes per second ({setting})");
    }
}
