// Owns: what few requests have, so that an idle connection keeps no place for it.

using System.Net;
using System.Security.Claims;

namespace TinyHost;

/// <summary>Made when a request first sets one of these; then the connection keeps the object for its later requests.</summary>
internal sealed class RequestExtras
{
    /// <summary>See <see cref="RequestContext.Client"/>.</summary>
    internal IPEndPoint? Client { get; set; }

    /// <summary>Whom a stage has admitted.</summary>
    internal AdmittedUser? Admitted { get; set; }

    /// <summary>See <see cref="RequestContext.User"/>.</summary>
    internal ClaimsPrincipal? User { get; set; }

    /// <summary>See <see cref="RequestContext.AnsweredRefusal"/>.</summary>
    internal RequestRejectedException? AnsweredRefusal { get; set; }

    /// <summary>See <see cref="RequestContext.ReportedFailure"/>.</summary>
    internal Exception? ReportedFailure { get; set; }

    /// <summary>See <see cref="Request.Scheme"/>.</summary>
    internal string? Scheme { get; set; }

    /// <summary>See <see cref="Request.Host"/>.</summary>
    internal string? Host { get; set; }

    /// <summary>See <see cref="Request.Query"/>.</summary>
    internal NameValues? Query { get; set; }

    /// <summary>See <see cref="Request.Cookies"/>.</summary>
    internal NameValues? Cookies { get; set; }

    internal void Clear()
    {
        (Client, Admitted, User) = (null, null, null);
        (AnsweredRefusal, ReportedFailure) = (null, null);
        (Scheme, Host, Query, Cookies) = (null, null, null, null);
    }
}
