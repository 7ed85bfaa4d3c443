// Owns: the rate limit of a web configuration file: a token bucket for all requests.

namespace TinyHost.WebConfig;

/// <summary>Full at first; each interval adds a token, and each request takes one. A bucket for no token refuses every request.</summary>
internal sealed class RequestRate(TimeSpan interval, int burst, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _tokens = burst;
    private long _at = time.GetTimestamp();

    internal TimeSpan Interval => interval;

    internal int Burst => burst;

    /// <summary>Takes a token. False if there is none: then the pause is the time until there is one.</summary>
    internal bool TryTake(out TimeSpan pause)
    {
        pause = TimeSpan.Zero;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + (time.GetElapsedTime(_at, now) / interval));
            _at = now;
            if (_tokens >= 1)
            {
                _tokens--;
                return true;
            }

            pause = interval * (1 - _tokens);
            return false;
        }
    }
}
