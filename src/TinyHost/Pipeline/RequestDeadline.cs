// Owns: one request with a limited time.

namespace TinyHost;

/// <summary>An entry of <see cref="RequestDeadlines"/>, used again for later requests.</summary>
internal sealed class RequestDeadline
{
    /// <summary>Null between two requests.</summary>
    internal RequestContext? Context { get; set; }

    /// <summary>The time stamp of the request's start.</summary>
    internal long Started { get; set; }

    /// <summary>The time stamp from which the limit counts: the start, and once the limit has been reached, that moment.</summary>
    internal long Since { get; set; }

    /// <summary>How often the limit has been reached.</summary>
    internal int Reached { get; set; }
}
