// Owns: the failures found in one run, added from any thread.

using System.Collections.Concurrent;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class Failures
{
    private readonly ConcurrentQueue<string> _messages = new();

    internal bool IsEmpty => _messages.IsEmpty;

    internal void Add(string failure) => _messages.Enqueue(failure);

    public override string ToString() => string.Join('\n', _messages.Distinct());
}
