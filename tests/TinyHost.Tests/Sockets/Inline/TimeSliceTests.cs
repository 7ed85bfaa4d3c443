namespace TinyHost.Tests;

/// <summary>A kernel before 6.12, and a system without slices, reports 0 and has nothing to shorten.</summary>
public sealed class TimeSliceTests
{
    [Fact]
    public void A_slice_is_shortened_and_never_lengthened() => OnThread(() =>
    {
        var hasSlices = TimeSlice.Read() > 200;

        Assert.Equal(hasSlices, TimeSlice.TryShorten(200));
        Assert.Equal(hasSlices ? 200 : 0, TimeSlice.Read());
        Assert.False(TimeSlice.TryShorten(700));
        Assert.Equal(hasSlices ? 200 : 0, TimeSlice.Read());
    });

    [Fact]
    public void A_slice_is_one_threads_alone()
    {
        var (before, after) = (0L, 0L);
        OnThread(() => before = TimeSlice.Read());
        OnThread(() => TimeSlice.TryShorten(200));
        OnThread(() => after = TimeSlice.Read());

        Assert.Equal(before, after);
    }

    [Fact]
    public void A_socket_thread_has_a_short_slice_from_its_first_turn() => OnThread(() =>
    {
        var before = TimeSlice.Read();
        SocketThread.Current!.BeginTurn(new InlineCompletions(), new Connection());

        Assert.Equal(Math.Min(before, SocketThread.SliceMicroseconds), TimeSlice.Read());
    });

    private static void OnThread(Action run)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(run));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private sealed class Connection : IInlineConnection
    {
        public void ReportBlockedThread(bool isCertain) => throw new NotSupportedException();

        void IThreadPoolWorkItem.Execute() => throw new NotSupportedException();
    }
}
