// Owns: how requests to replace the workers become replacements.

namespace TinyHost.Workers.Tests;

public sealed class ReplacementsTests
{
    private readonly List<TaskCompletionSource> _begun = [];
    private readonly Replacements _replacements;

    public ReplacementsTests() => _replacements = new Replacements(() =>
    {
        var one = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_begun)
        {
            _begun.Add(one);
        }

        return one.Task;
    });

    [Fact]
    public async Task Requests_during_the_start_make_one_replacement_and_later_ones_are_heard()
    {
        _replacements.Request();
        _replacements.Request();
        Assert.Equal(0, Count());
        _replacements.Begin();
        await Until.TrueAsync(() => Count() == 1);
        _begun[0].SetResult();
        _replacements.Request();
        await Until.TrueAsync(() => Count() == 2);
        _begun[1].SetResult();
        await _replacements.EndAsync();
        Assert.Equal(2, Count());
    }

    [Fact]
    public async Task Requests_during_a_replacement_make_one_more()
    {
        _replacements.Begin();
        _replacements.Request();
        await Until.TrueAsync(() => Count() == 1);
        _replacements.Request();
        _replacements.Request();
        Assert.Equal(1, Count());
        _begun[0].SetResult();
        await Until.TrueAsync(() => Count() == 2);
        var ended = _replacements.EndAsync();
        Assert.False(ended.IsCompleted);
        _begun[1].SetResult();
        await ended;
    }

    [Fact]
    public async Task No_replacement_begins_once_the_program_stops()
    {
        _replacements.Begin();
        _replacements.Request();
        await Until.TrueAsync(() => Count() == 1);
        _replacements.Request();
        var ended = _replacements.EndAsync();
        _replacements.Request();
        _begun[0].SetResult();
        await ended;
        Assert.Equal(1, Count());
    }

    private int Count()
    {
        lock (_begun)
        {
            return _begun.Count;
        }
    }
}
