using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ReloadsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLogger _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_change_is_taken_over_once_no_further_change_follows()
    {
        var (reloads, settings) = Create();
        reloads.Check();
        Assert.Equal(0, settings.Reloads);
        _folder.Write("a", "one");
        reloads.Check();
        _folder.Write("b", "two");
        reloads.Check();
        Assert.Equal(0, settings.Reloads);
        reloads.Check();
        Assert.Equal(1, settings.Reloads);
        reloads.Check();
        reloads.Check();
        Assert.Equal(1, settings.Reloads);
        Assert.Equal([(LogLevel.Information, "The settings have been loaded again.", null)], _log.Entries);
    }

    [Theory]
    [InlineData("another length")]
    [InlineData("another time")]
    [InlineData("removed")]
    [InlineData("replaced")]
    public void Every_kind_of_change_is_noticed(string what)
    {
        var (reloads, settings) = Create();
        switch (what)
        {
            case "another length":
                _folder.Write("a", "01234567890");
                break;
            case "another time":
                _folder.Write("a", modified: TemporaryFolder.Modified.AddSeconds(1));
                break;
            case "removed":
                File.Delete(_folder.PathOf("a"));
                break;
            default:
                Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems do not tell files of the same length and time apart");
                File.Move(_folder.Write("c"), _folder.PathOf("a"), overwrite: true);
                break;
        }

        reloads.Check();
        reloads.Check();
        Assert.Equal(1, settings.Reloads);
    }

    [Fact]
    public void A_link_that_leads_elsewhere_is_a_change()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a privilege on Windows");
        _folder.Write("v1/a", "one");
        _folder.Write("v2/a", "another");
        Directory.CreateSymbolicLink(_folder.PathOf("data"), _folder.PathOf("v1"));
        var settings = new Settings([_folder.PathOf("data/a")]);
        var reloads = new Reloads(new ObserverGuard(_log));
        reloads.Add(settings);
        Directory.Delete(_folder.PathOf("data"));
        Directory.CreateSymbolicLink(_folder.PathOf("data"), _folder.PathOf("v2"));
        reloads.Check();
        reloads.Check();
        Assert.Equal(1, settings.Reloads);
    }

    [Fact]
    public void Files_that_cannot_be_used_are_reported_once_for_each_change()
    {
        var (reloads, settings) = Create();
        settings.Fault = "nobody can read them";
        for (var i = 0; i < 2; i++)
        {
            File.AppendAllText(_folder.PathOf("a"), "x");
            for (var checks = 0; checks < 5; checks++)
            {
                reloads.Check();
            }
        }

        Assert.Equal(
            Enumerable.Repeat((LogLevel.Error, "The settings cannot be loaded again and stay as they were: nobody can read them."), 2),
            _log.Entries.Select(entry => (entry.Level, entry.Message)));
    }

    [Fact]
    public void A_request_loads_everything_at_once_changed_or_not()
    {
        var (reloads, settings) = Create();
        reloads.ReloadAll();
        Assert.Equal(1, settings.Reloads);
        _folder.Write("a", "one");
        reloads.Check();
        reloads.ReloadAll();
        Assert.Equal(2, settings.Reloads);
        reloads.Check();
        Assert.Equal(2, settings.Reloads);
    }

    [Fact]
    public void Settings_that_throw_do_not_keep_others_from_loading()
    {
        var (reloads, settings) = Create();
        var later = new Settings([]);
        reloads.Add(later);
        settings.Exception = new InvalidOperationException("a fault");
        reloads.ReloadAll();
        Assert.Equal(1, later.Reloads);
        Assert.Equal(1, _log.Errors);
    }

    [Fact]
    public async Task Files_that_hang_hold_up_neither_the_heartbeat_nor_a_stop()
    {
        var (reloads, settings) = Create();
        using var ends = new ManualResetEventSlim();
        settings.Reloading = ends.Wait;
        var loading = Task.Run(reloads.ReloadAll, TestContext.Current.CancellationToken);
        try
        {
            await Until.TrueAsync(() => settings.Reloads == 1);
            await Task.Run(
                () =>
                {
                    reloads.Tick();
                    reloads.Tick();
                    reloads.Add(new Settings([]));
                    reloads.RemoveAll([settings]);
                    Assert.False(reloads.IsEmpty);
                },
                TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        }
        finally
        {
            ends.Set();
            await loading;
        }

        reloads.ReloadAll();
        Assert.Equal(1, settings.Reloads);
    }

    private (Reloads Reloads, Settings Settings) Create()
    {
        var settings = new Settings([_folder.Write("a"), _folder.Write("b")]);
        var reloads = new Reloads(new ObserverGuard(_log));
        reloads.Add(settings);
        return (reloads, settings);
    }

    private sealed class Settings(string[] files) : IReloadable
    {
        public string What => "The settings";

        public IReadOnlyList<string> Files => files;

        internal string? Fault { get; set; }

        internal Exception? Exception { get; set; }

        internal Action? Reloading { get; set; }

        internal int Reloads { get; private set; }

        public string? Reload()
        {
            Reloads++;
            Reloading?.Invoke();
            return Exception is null ? Fault : throw Exception;
        }
    }
}
