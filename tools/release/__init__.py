"""The steps of a release, each a script that `.github/workflows/release.yml` calls and that runs dry by hand."""
