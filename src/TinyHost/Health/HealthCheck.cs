// Owns: a health check that a program supplies.

namespace TinyHost;

/// <summary>
/// A function that finds out whether a part of the program is fit for use. All checks decide readiness; those with the tag <c>live</c> also
/// decide liveness, on which supervisors restart the process: use it only for what a restart repairs.
/// </summary>
public sealed class HealthCheck
{
    /// <summary>The tag of checks that decide liveness too: <c>live</c>.</summary>
    public const string LivenessTag = "live";

    private readonly Func<CancellationToken, Task<HealthResult>> _check;

    /// <summary>
    /// A check. <paramref name="check"/> runs on a thread of the pool, once at a time; its token is cancelled at its deadline. An exception
    /// means unhealthy: it is logged, and probes read its type. Throws <see cref="ArgumentException"/> for a name that is empty or has
    /// control characters.
    /// </summary>
    /// <param name="name">The name, as probes and the series <c>tinyhost_health_status</c> show it.</param>
    /// <param name="check">The check.</param>
    /// <param name="tags">Tags; see <see cref="LivenessTag"/>.</param>
    public HealthCheck(string name, Func<CancellationToken, Task<HealthResult>> check, params string[] tags)
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(tags);
        if (string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl))
        {
            throw new ArgumentException("A health check needs a name of visible characters.", nameof(name));
        }

        Name = name;
        Tags = [.. tags];
        _check = check;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The tags.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>The deadline of this check; null, the default, for <see cref="HealthOptions.CheckTimeout"/>. Must be positive.</summary>
    public TimeSpan? Timeout
    {
        get;
        init => field = value is null || (value > TimeSpan.Zero && value.Value.TotalMilliseconds <= int.MaxValue)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Timeout), value, "Must be above zero, and at most 2,147,483 seconds.");
    }

    internal bool IsForLiveness => Tags.Contains(LivenessTag, StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds out why the check does not end; null for a check that cannot tell.</summary>
    internal Func<string?>? Hint { get; init; }

    internal Task<HealthResult> RunAsync(CancellationToken cancellationToken) =>
        _check(cancellationToken) ?? throw new InvalidOperationException($"The health check {Name} returned null instead of a task.");
}
