// Owns: what a run has found wrong, collected from any thread.

using System.Collections.Concurrent;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class Faults
{
    private readonly ConcurrentQueue<string> _sentences = new();

    internal bool IsEmpty => _sentences.IsEmpty;

    internal void Add(string sentence) => _sentences.Enqueue(sentence);

    public override string ToString() => string.Join('\n', _sentences.Distinct());
}
