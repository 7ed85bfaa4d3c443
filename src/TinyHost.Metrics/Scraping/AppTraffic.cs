// Owns: whether requests for the app came since one asked last.
// Does not own: what follows from that (ScrapePace).

namespace TinyHost.Metrics;

/// <summary>
/// Noting a request writes nothing but the first time after each question, so that requests on different processors do not wait for one another.
/// </summary>
internal sealed class AppTraffic
{
    private int _question;
    private int _seen;

    /// <summary>A request for the app has come.</summary>
    internal void Note()
    {
        var question = Volatile.Read(ref _question);
        if (_seen != question)
        {
            _seen = question;
        }
    }

    /// <summary>Begins a question, and returns its number.</summary>
    internal int Ask() => Interlocked.Increment(ref _question);

    /// <summary>Whether a request came since that question. Others may ask, too.</summary>
    internal bool CameSince(int question) => Volatile.Read(ref _seen) - question >= 0;
}
