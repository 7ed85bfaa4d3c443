// Owns: the right to write for as long as one synchronous step of a handler takes.
// Does not own: the right itself (ConnectionState), or what is written.

namespace TinyHost;

/// <summary>To be disposed on the same thread, by <c>using</c>.</summary>
internal readonly ref struct WriteRight
{
    private readonly ConnectionState? _state;

    /// <summary>Throws <see cref="InvalidOperationException"/> as <see cref="ConnectionState.EnterWrite"/>. Without a state there is nothing to guard.</summary>
    internal WriteRight(ConnectionState? state, int generation)
    {
        state?.EnterWrite(generation);
        _state = state;
    }

    public void Dispose() => _state?.ExitWrite();
}
