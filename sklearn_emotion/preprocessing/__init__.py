"""Signal and feature conditioning before a model sees the data."""

from sklearn_emotion._lazy import attach

NAMES = {
    "_baseline": ["BaselineRemoval"],
    "_face_alignment": ["align_face"],
    "_face_windows": ["FaceReport", "read_face_windows"],
    "_faces": ["FaceCropper"],
    "_filters": ["AverageReference", "BandpassFilter", "NotchFilter", "Resampler"],
    "_openface": ["read_openface"],
    "_video": ["VideoInfo", "probe_video", "read_frames"],
    "_wavelet": ["WaveletDenoiser"],
    "_windows": ["WindowSlicer", "explode_windows"],
    "_standardize": ["SubjectStandardizer"],
    "_lds": ["LDSSmoother"],
}
__getattr__, __dir__, __all__ = attach(__name__, NAMES)
