from ._action_units import read_action_units as read_action_units
from ._alignment import EuclideanAlignment as EuclideanAlignment
from ._baseline import BaselineRemoval as BaselineRemoval
from ._coral import CoralAlignment as CoralAlignment
from ._face_alignment import align_face as align_face
from ._face_windows import (
    FaceReport as FaceReport,
    read_face_windows as read_face_windows,
)
from ._faces import FaceCropper as FaceCropper
from ._filters import (
    AverageReference as AverageReference,
    BandpassFilter as BandpassFilter,
    NotchFilter as NotchFilter,
    Resampler as Resampler,
)
from ._ica import ICACleaner as ICACleaner
from ._lds import LDSSmoother as LDSSmoother
from ._openface import read_openface as read_openface
from ._quality import window_quality as window_quality
from ._recentering import RiemannianRecentering as RiemannianRecentering
from ._rejecter import ArtifactRejecter as ArtifactRejecter
from ._sequences import make_sequences as make_sequences
from ._standardize import SubjectStandardizer as SubjectStandardizer
from ._video import (
    VideoInfo as VideoInfo,
    probe_video as probe_video,
    read_frames as read_frames,
)
from ._wavelet import WaveletDenoiser as WaveletDenoiser
from ._window_averager import WindowAverager as WindowAverager
from ._windows import WindowSlicer as WindowSlicer, explode_windows as explode_windows
